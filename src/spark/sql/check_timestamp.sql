WHEN {tagged} NOT RLIKE '^#-?[0-9]+$'
      THEN {wrong_type}
    WHEN coalesce(try_cast(substr({tagged}, 2) AS BIGINT), -1)
      NOT BETWEEN 0 AND 253402300799999 THEN concat('out_of_range {name}: ', substr({tagged}, 2, 40), ' is not in the years 1970 to 9999')
