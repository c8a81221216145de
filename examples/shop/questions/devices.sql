-- Sessions by device: how many, how many of known customers, and how many minutes they took.
SELECT device, count(*) AS sessions, count(customer_id) AS of_customers,
       round(avg(CAST(extract(hour FROM last_seen - started_at) * 60
                      + extract(minute FROM last_seen - started_at) AS DOUBLE)), 1) AS minutes
FROM sessions
WHERE is_bot IS NULL OR NOT is_bot
GROUP BY device
ORDER BY sessions DESC, device NULLS FIRST
