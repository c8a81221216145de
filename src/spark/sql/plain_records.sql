SELECT {fields}, CAST(NULL AS STRING) AS fault, unknown, 0 AS discarded
FROM sparkify_{source}_parsed WHERE NOT doubtful
UNION ALL

