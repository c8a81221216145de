-- Active users and plays of each week; weeks begin on Monday.
SELECT CAST(date_trunc('week', start_time) AS DATE) AS week, count(DISTINCT user_id) AS users,
       count(*) AS plays
FROM songplays
GROUP BY CAST(date_trunc('week', start_time) AS DATE)
ORDER BY week
