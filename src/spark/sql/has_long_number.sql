text RLIKE '[0-9][0-9.]{15}'
