WHEN `~{field}` RLIKE r'^[\[{]'
      THEN {wrong_type}
