WHEN `~{field}` NOT LIKE '#%'
      THEN {wrong_type}
    WHEN abs(try_cast(substr(`~{field}`, 2) AS DOUBLE)) = double('Infinity')
      THEN concat('out_of_range {field}: ', substr(`~{field}`, 2, 40), ' is not in the range of a double')
