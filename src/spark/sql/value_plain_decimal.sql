IF(length({string}) <= 16 AND {string} NOT IN ('0.0', '-0.0') AND {string} RLIKE {plain_decimal},
        try_cast({string} AS {type}), NULL)
