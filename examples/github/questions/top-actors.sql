-- Who pushed the most commits.
-- limit: 10
SELECT a.login, count(*) AS pushes, sum(e.commits) AS commits, count(DISTINCT e.repo_id) AS repositories
FROM events e JOIN actors a ON a.actor_id = e.actor_id
WHERE e.type = 'PushEvent'
GROUP BY a.actor_id, a.login
ORDER BY commits DESC, pushes DESC, a.login
