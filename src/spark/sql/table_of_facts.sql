SELECT
  {columns}
FROM sparkify_facts_once AS fact LEFT JOIN sparkify_lookup AS match
  ON {is_match}
