-- Active users, sessions and plays of each day.
SELECT CAST(start_time AS DATE) AS day, count(DISTINCT user_id) AS users,
       count(DISTINCT session_id) AS sessions, count(*) AS plays
FROM songplays
GROUP BY CAST(start_time AS DATE)
ORDER BY day
