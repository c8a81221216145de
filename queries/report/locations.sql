-- Where listeners are.
-- limit: 20
SELECT location, CAST(sum(plays) AS BIGINT) AS plays, count(DISTINCT user_id) AS listeners
FROM by_place
GROUP BY location
ORDER BY plays DESC, location NULLS FIRST
