{counts_of_facts}
UNION ALL
SELECT '', 'of_gone_files', NULL, count(*) FROM sparkify_facts_of_the_lake
