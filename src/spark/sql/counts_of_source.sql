SELECT '{source}' AS source, name, count(*) AS records
FROM (
  SELECT coalesce(substring_index(fault, ' ', 1), {kept_or_not}) AS name
  FROM sparkify_{source}_judged
)
GROUP BY name
