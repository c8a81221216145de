-- The most active users.
-- limit: 10
SELECT u.user_id, u.first_name, u.last_name, u.level, p.plays, p.sessions, p.first_play, p.last_play
FROM (SELECT user_id, count(*) AS plays, count(DISTINCT session_id) AS sessions,
             min(start_time) AS first_play, max(start_time) AS last_play
      FROM songplays
      GROUP BY user_id) p
JOIN users u ON u.user_id = p.user_id
ORDER BY p.plays DESC, u.user_id
