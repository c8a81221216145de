-- Plays and listeners by weekday (1 = Sunday) and hour, UTC.
SELECT weekday, hour, sum(plays) AS plays, count(DISTINCT user_id) AS listeners
FROM (SELECT user_id, plays,
             1 + extract(day FROM clock - TIMESTAMP '1969-12-28 00:00:00') % 7 AS weekday,
             extract(hour FROM clock) AS hour
      FROM (SELECT user_id, date_trunc('hour', start_time) AS clock, count(*) AS plays
            FROM songplays
            GROUP BY user_id, date_trunc('hour', start_time)) h) w
GROUP BY weekday, hour
ORDER BY weekday, hour
