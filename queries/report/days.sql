-- Active users, sessions, plays and hours played of each of the last 400 days.
SELECT CAST(start_time AS DATE) AS day,
       count(DISTINCT user_id) AS users,
       count(DISTINCT session_id) AS sessions,
       count(*) AS plays,
       CAST(round(sum(length) / 3600) AS BIGINT) AS hours,
       count(*) FILTER (WHERE level = 'paid') AS paid_plays,
       count(song_id) AS matched
FROM songplays
WHERE start_time > (SELECT max(start_time) FROM songplays) - INTERVAL '400' DAY
GROUP BY CAST(start_time AS DATE)
ORDER BY day
