SELECT '{source}' AS source, name, count(*) AS records
FROM (
  SELECT {kept_or_not} AS name FROM sparkify_{source}_parsed WHERE NOT doubtful
  UNION ALL
  SELECT coalesce(substring_index(fault, ' ', 1), {kept_or_not})
  FROM sparkify_{source}_checked
)
GROUP BY name
