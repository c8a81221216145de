-- Events by day: pushes, pull requests, and those of people who came for the first time.
SELECT date, count(*) AS events, count(*) FILTER (WHERE type = 'PushEvent') AS pushes,
       count(*) FILTER (WHERE type = 'PullRequestEvent') AS pull_requests,
       count(DISTINCT CASE WHEN date = first_date THEN actor_id END) AS new_actors
FROM (SELECT date, type, actor_id, min(date) OVER (PARTITION BY actor_id) AS first_date
      FROM events) e
GROUP BY date
ORDER BY date
