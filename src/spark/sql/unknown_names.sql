CASE WHEN names <> array({names})
      THEN nullif(array_except(names, array({names})), array()) END AS unknown
