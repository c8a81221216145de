-- The sessions with the most plays.
-- limit: 10
SELECT s.session_id, s.user_id, u.first_name, u.last_name, s.level, s.plays, s.began, s.ended
FROM (SELECT session_id, user_id, max(level) AS level, count(*) AS plays,
             min(start_time) AS began, max(start_time) AS ended
      FROM songplays
      GROUP BY session_id, user_id) s
JOIN users u ON u.user_id = s.user_id
ORDER BY s.plays DESC, s.session_id, s.user_id
