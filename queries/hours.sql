-- Plays and listeners by weekday (1 = Sunday) and hour, UTC.
SELECT t.weekday, t.hour, count(*) AS plays, count(DISTINCT p.user_id) AS listeners
FROM songplays p
JOIN time t ON t.start_time = p.start_time
GROUP BY t.weekday, t.hour
ORDER BY t.weekday, t.hour
