-- Active users and plays of each week, of the last ten years.
SELECT CAST(date_trunc('week', clock) AS DATE) AS week,
       count(DISTINCT user_id) AS users, CAST(sum(plays) AS BIGINT) AS plays
FROM by_hour
WHERE clock > (SELECT max(clock) FROM by_hour) - INTERVAL '3660' DAY
GROUP BY CAST(date_trunc('week', clock) AS DATE)
ORDER BY week
