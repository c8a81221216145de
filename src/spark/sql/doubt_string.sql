startswith({value}, '{') OR startswith({value}, '[')
        OR {value} < ':' AND ({value} IN ('"Infinity"', '"-Infinity"')
          OR {value} >= '-' AND (contains({value}, '.') OR {value} = '0'))
