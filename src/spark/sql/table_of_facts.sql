SELECT
  {columns}
FROM {facts} AS fact LEFT JOIN sparkify_lookup AS match
  ON {is_match}
