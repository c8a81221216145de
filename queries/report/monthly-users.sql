-- Active users and plays of each month, of the last ten years.
SELECT extract(year FROM clock) AS year, extract(month FROM clock) AS month,
       count(DISTINCT user_id) AS users, CAST(sum(plays) AS BIGINT) AS plays
FROM by_hour
WHERE clock > (SELECT max(clock) FROM by_hour) - INTERVAL '3660' DAY
GROUP BY extract(year FROM clock), extract(month FROM clock)
ORDER BY year, month
