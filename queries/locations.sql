-- Where listeners are.
-- limit: 20
SELECT location, count(*) AS plays, count(DISTINCT user_id) AS listeners
FROM songplays
GROUP BY location
ORDER BY plays DESC, location NULLS FIRST
