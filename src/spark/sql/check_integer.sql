WHEN `~{field}` NOT RLIKE '^#-?[0-9]+$'
      THEN {wrong_type}
    WHEN try_cast(substr(`~{field}`, 2) AS {type}) IS NULL AND `~{field}` <> ''
      THEN concat('out_of_range {field}: ', substr(`~{field}`, 2, 40), ' is not in the range of a {bits}-bit integer')
