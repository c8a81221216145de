-- Payments by weekday (1 = Sunday) and hour, UTC.
SELECT t.weekday, t.hour, count(*) AS payments
FROM clicks c JOIN time t ON t.clicked_at = c.clicked_at
WHERE c.event = 'pay'
GROUP BY t.weekday, t.hour
ORDER BY t.weekday, t.hour
