-- What was done in events that say so.
-- limit: 10
SELECT type, action, count(*) AS events, count(DISTINCT actor_id) AS people
FROM events
WHERE action IS NOT NULL
GROUP BY type, action
ORDER BY events DESC, type, action
