-- Paying users who have not played anything in the last two weeks.
-- limit: 20
SELECT u.user_id, u.first_name, u.last_name, p.plays, p.last_play
FROM (SELECT user_id, count(*) AS plays, max(start_time) AS last_play
      FROM songplays
      GROUP BY user_id) p
JOIN users u ON u.user_id = p.user_id
WHERE u.level = 'paid'
  AND p.last_play < (SELECT max(start_time) FROM songplays) - INTERVAL '14' DAY
ORDER BY p.plays DESC, u.user_id
