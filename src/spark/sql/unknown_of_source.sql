SELECT '{source}' AS source, name, count(*) AS records
FROM (
  SELECT unknown FROM sparkify_{source}_parsed WHERE NOT doubtful
  UNION ALL
  SELECT unknown FROM sparkify_{source}_checked
)
LATERAL VIEW explode(unknown) AS name GROUP BY name
