-- Free and paid plays and users, week by week, of the last ten years.
SELECT CAST(date_trunc('week', clock) AS DATE) AS week,
       CAST(coalesce(sum(plays) FILTER (WHERE level = 'free'), 0) AS BIGINT) AS free_plays,
       CAST(coalesce(sum(plays) FILTER (WHERE level = 'paid'), 0) AS BIGINT) AS paid_plays,
       count(DISTINCT user_id) FILTER (WHERE level = 'free') AS free_users,
       count(DISTINCT user_id) FILTER (WHERE level = 'paid') AS paid_users
FROM by_hour
WHERE clock > (SELECT max(clock) FROM by_hour) - INTERVAL '3660' DAY
GROUP BY CAST(date_trunc('week', clock) AS DATE)
ORDER BY week
