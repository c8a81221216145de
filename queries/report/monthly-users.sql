-- Active users and plays of each month.
SELECT extract(year FROM clock) AS year, extract(month FROM clock) AS month,
       count(DISTINCT user_id) AS users, CAST(sum(plays) AS BIGINT) AS plays
FROM by_hour
GROUP BY extract(year FROM clock), extract(month FROM clock)
ORDER BY year, month
