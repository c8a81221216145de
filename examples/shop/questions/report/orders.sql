-- Pieces that were put into a basket, and payments, of each hour.
SELECT date_trunc('hour', clicked_at) AS hour,
       count(*) FILTER (WHERE event = 'add') AS added,
       count(*) FILTER (WHERE event = 'pay') AS paid
FROM clicks
GROUP BY 1
ORDER BY 1
