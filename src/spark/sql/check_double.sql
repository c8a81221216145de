WHEN {tagged} NOT LIKE '#%'
      THEN {wrong_type}
    WHEN abs(try_cast(substr({tagged}, 2) AS DOUBLE)) = double('Infinity')
      THEN concat('out_of_range {name}: ', substr({tagged}, 2, 40), ' is not in the range of a double')
