FROM (
        SELECT *,
          {unknown_names}
        FROM (SELECT *, json_object_keys(text) AS names FROM sparkify_{source}_lines)
      )
      WHERE
