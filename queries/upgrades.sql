-- Who changed between free and paid, and when.
-- limit: 100
SELECT u.first_name, u.last_name, c.user_id, c.was, c.level AS became, c.start_time
FROM (SELECT user_id, start_time, level, songplay_id,
             lag(level) OVER (PARTITION BY user_id ORDER BY start_time, songplay_id) AS was
      FROM songplays
      WHERE user_id IN (SELECT user_id FROM songplays
                        GROUP BY user_id HAVING min(level) <> max(level))) c
JOIN users u ON u.user_id = c.user_id
WHERE c.was <> c.level
ORDER BY c.start_time, c.user_id, c.songplay_id
