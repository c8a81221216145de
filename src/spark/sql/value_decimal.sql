IF({text} RLIKE {decimal_pattern},
        -- the digits without zeros at the ends, and the power of ten that they are times
        transform(transform(array(struct(
            concat(regexp_extract({text}, '[0-9]+', 0), regexp_extract({text}, r'\.([0-9]+)', 1)) AS digits,
            length(regexp_extract({text}, r'\.([0-9]+)', 1)) AS fraction,
            regexp_extract({text}, '[eE](.*)', 1) AS exponent)),
          n -> struct(trim(BOTH '0' FROM n.digits) AS digits,
            IF(n.exponent = '', 0, coalesce(try_cast(n.exponent AS BIGINT),
                IF(startswith(n.exponent, '-'), -1000000000000, 1000000000000)))
              - n.fraction + length(n.digits) - length(rtrim('0', n.digits)) AS exponent)),
          n -> CASE WHEN n.digits = '' THEN CAST(0 AS {type})
            WHEN length(n.digits) + n.exponent <= {whole_digits} AND n.exponent >= -{scale}
            THEN try_cast(concat(IF(substr({text}, 2, 1) = '-', '-', ''), n.digits, 'e', CAST(n.exponent AS STRING)) AS {type})
            END)[0], NULL)
