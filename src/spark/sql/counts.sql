-- How many records were kept, skipped by rule, or rejected with which code; in how many a field
-- is that no table knows; how many facts are there again, and how many keys are shared.
SELECT source, name, field, count(*) AS records
FROM (
{sources}
)
GROUP BY source, name, field{discarded}
UNION ALL
{facts}
