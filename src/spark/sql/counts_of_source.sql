SELECT '{source}' AS source, coalesce(substring_index(fault, ' ', 1), {kept_or_not}) AS name,
  CAST(NULL AS STRING) AS field
FROM sparkify_{source}_judged
