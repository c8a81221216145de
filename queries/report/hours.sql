-- Plays and listeners by weekday (1 = Sunday) and hour, UTC.
SELECT 1 + extract(day FROM clock - TIMESTAMP '1969-12-28 00:00:00') % 7 AS weekday,
       extract(hour FROM clock) AS hour,
       CAST(sum(plays) AS BIGINT) AS plays, count(DISTINCT user_id) AS listeners
FROM by_hour
GROUP BY 1 + extract(day FROM clock - TIMESTAMP '1969-12-28 00:00:00') % 7, extract(hour FROM clock)
ORDER BY weekday, hour
