-- The repositories with the most events, and how many people were there.
-- limit: 10
SELECT r.name, count(*) AS events, count(DISTINCT e.actor_id) AS actors,
       count(*) FILTER (WHERE e.type = 'WatchEvent') AS stars
FROM events e JOIN repositories r ON r.repo_id = e.repo_id
GROUP BY r.repo_id, r.name
ORDER BY events DESC, r.name
