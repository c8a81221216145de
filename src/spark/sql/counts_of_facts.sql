SELECT '', name, NULL, records
FROM (
  SELECT coalesce(sum(again), 0) AS identical, count_if(variants > 1) AS shared_keys
  FROM (
    SELECT sum(times - 1) AS again, count(*) AS variants
    FROM sparkify_repeated_facts GROUP BY fact_id
  )
)
LATERAL VIEW stack(2, 'identical', identical, 'shared_keys', shared_keys) AS name, records
