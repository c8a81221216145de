-- Free and paid plays and users, week by week.
SELECT CAST(date_trunc('week', start_time) AS DATE) AS week,
       count(*) FILTER (WHERE level = 'free') AS free_plays,
       count(*) FILTER (WHERE level = 'paid') AS paid_plays,
       count(DISTINCT user_id) FILTER (WHERE level = 'free') AS free_users,
       count(DISTINCT user_id) FILTER (WHERE level = 'paid') AS paid_users
FROM songplays
GROUP BY CAST(date_trunc('week', start_time) AS DATE)
ORDER BY week
