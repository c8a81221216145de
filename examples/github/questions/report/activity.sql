-- Pushes, pull requests and stars of each hour.
SELECT date_trunc('hour', created_at) AS hour,
       count(*) FILTER (WHERE type = 'PushEvent') AS pushes,
       count(*) FILTER (WHERE type = 'PullRequestEvent') AS pull_requests,
       count(*) FILTER (WHERE type = 'WatchEvent') AS stars
FROM events
GROUP BY 1
ORDER BY 1
