-- Active users and plays of each month.
SELECT year, month, count(DISTINCT user_id) AS users, count(*) AS plays
FROM songplays
GROUP BY year, month
ORDER BY year, month
