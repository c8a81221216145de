-- Users who played for the first time, day by day.
SELECT CAST(first_play AS DATE) AS day, count(*) AS new_users
FROM (SELECT user_id, min(start_time) AS first_play FROM songplays GROUP BY user_id) f
GROUP BY CAST(first_play AS DATE)
ORDER BY day
