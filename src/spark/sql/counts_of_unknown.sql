SELECT '{source}', 'unknown', field
FROM sparkify_{source}_judged
LATERAL VIEW explode(unknown) AS field
