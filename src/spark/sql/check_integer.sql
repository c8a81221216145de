WHEN {tagged} NOT RLIKE '^#-?[0-9]+$'
      THEN {wrong_type}
    WHEN try_cast(substr({tagged}, 2) AS {type}) IS NULL AND {tagged} <> ''
      THEN concat('out_of_range {name}: ', substr({tagged}, 2, 40), ' is not in the range of a {bits}-bit integer')
