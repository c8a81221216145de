-- Events by the hour of the day, UTC.
SELECT hour, count(*) AS events, count(DISTINCT actor_id) AS actors
FROM events
GROUP BY hour
ORDER BY hour
