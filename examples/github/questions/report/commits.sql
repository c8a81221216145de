-- Who pushed the most commits.
-- limit: 10
SELECT a.login, sum(e.commits) AS commits
FROM events e JOIN actors a ON a.actor_id = e.actor_id
WHERE e.type = 'PushEvent'
GROUP BY a.actor_id, a.login
ORDER BY commits DESC, a.login
