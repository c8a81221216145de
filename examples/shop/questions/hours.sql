-- Clicks by weekday (1 = Sunday) and hour, UTC.
SELECT t.weekday, t.hour, count(*) AS clicks, count(DISTINCT c.session_id) AS sessions
FROM clicks c JOIN time t ON t.clicked_at = c.clicked_at
GROUP BY t.weekday, t.hour
ORDER BY t.weekday, t.hour
