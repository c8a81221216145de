SELECT '' AS source, name, records
FROM (
  SELECT (SELECT coalesce(sum(times - 1), 0) FROM sparkify_repeated_facts) AS identical,
    (SELECT count(*) FROM sparkify_facts_of_the_lake) AS of_gone_files,
    count_if(facts > 1) AS shared_keys
  FROM (SELECT count(*) AS facts FROM sparkify_facts_all GROUP BY fact_id)
)
LATERAL VIEW stack(3, 'identical', identical, 'of_gone_files', of_gone_files,
  'shared_keys', shared_keys) AS name, records
