-- Active users, sessions, plays and hours played of each of the last 400 days.
SELECT CAST(clock AS DATE) AS day,
       count(DISTINCT user_id) AS users,
       count(DISTINCT session_id) AS sessions,
       CAST(sum(plays) AS BIGINT) AS plays,
       CAST(round(sum(seconds) / 3600) AS BIGINT) AS hours,
       CAST(coalesce(sum(plays) FILTER (WHERE level = 'paid'), 0) AS BIGINT) AS paid_plays,
       CAST(sum(matched) AS BIGINT) AS matched
FROM by_hour
WHERE clock > (SELECT max(clock) FROM by_hour) - INTERVAL '400' DAY
GROUP BY CAST(clock AS DATE)
ORDER BY day
