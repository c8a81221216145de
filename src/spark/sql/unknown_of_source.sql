SELECT '{source}' AS source, name, count(*) AS records
FROM sparkify_{source}_judged
LATERAL VIEW explode(unknown) AS name{where}
GROUP BY name
