-- The repositories that got the most stars.
-- limit: 10
SELECT r.name, count(*) AS stars
FROM events e JOIN repositories r ON r.repo_id = e.repo_id
WHERE e.type = 'WatchEvent'
GROUP BY r.repo_id, r.name
ORDER BY stars DESC, r.name
