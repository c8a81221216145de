WHEN {tagged} RLIKE r'^[\[{]'
      THEN {wrong_type}
