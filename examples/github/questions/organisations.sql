-- The organisations with the most events in their repositories.
-- limit: 10
SELECT o.login, count(*) AS events, count(DISTINCT e.repo_id) AS repositories
FROM events e JOIN organisations o ON o.org_id = e.org_id
GROUP BY o.org_id, o.login
ORDER BY events DESC, o.login NULLS FIRST
