-- Active users and plays of each week.
SELECT CAST(date_trunc('week', clock) AS DATE) AS week,
       count(DISTINCT user_id) AS users, CAST(sum(plays) AS BIGINT) AS plays
FROM by_hour
GROUP BY CAST(date_trunc('week', clock) AS DATE)
ORDER BY week
