-- Upgrades to paid and downgrades to free of each week.
SELECT CAST(date_trunc('week', start_time) AS DATE) AS week,
       count(*) FILTER (WHERE level = 'paid') AS upgrades,
       count(*) FILTER (WHERE level = 'free') AS downgrades
FROM (SELECT start_time, level,
             lag(level) OVER (PARTITION BY user_id ORDER BY start_time, songplay_id) AS was
      FROM songplays
      WHERE user_id IN (SELECT user_id FROM songplays
                        GROUP BY user_id HAVING min(level) <> max(level))) c
WHERE was <> level
GROUP BY CAST(date_trunc('week', start_time) AS DATE)
ORDER BY week
