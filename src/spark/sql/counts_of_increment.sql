SELECT '', name, NULL, records
FROM (
  SELECT (SELECT coalesce(sum(times - 1), 0) FROM sparkify_repeated_facts)
      + (SELECT count(*) FROM sparkify_facts_again) AS identical,
    count_if(added > 0 AND added + stored > 1 AND stored < 2) AS shared_keys
  FROM (
    SELECT count_if(is_added) AS added, count_if(NOT is_added) AS stored
    FROM (
      SELECT fact_id, true AS is_added FROM sparkify_facts_all
      UNION ALL
      SELECT fact_id, false FROM sparkify_facts_stored
    )
    GROUP BY fact_id
  )
)
LATERAL VIEW stack(2, 'identical', identical, 'shared_keys', shared_keys) AS name, records
