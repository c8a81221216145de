-- Sessions by level: how many, how long, how many plays, and the share with one play only.
SELECT level, count(*) AS sessions,
       round(avg(minutes), 1) AS minutes,
       round(avg(CAST(plays AS DOUBLE)), 1) AS plays,
       round(100e0 * count(*) FILTER (WHERE plays = 1) / count(*), 1) AS one_play_percent
FROM (SELECT session_id, user_id, max(level) AS level, count(*) AS plays,
             CAST(extract(day FROM max(start_time) - min(start_time)) * 1440
                  + extract(hour FROM max(start_time) - min(start_time)) * 60
                  + extract(minute FROM max(start_time) - min(start_time)) AS DOUBLE) AS minutes
      FROM songplays
      GROUP BY session_id, user_id) s
GROUP BY level
ORDER BY sessions DESC, level NULLS FIRST
