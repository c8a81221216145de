-- The share of plays whose song is in the catalogue, month by month, of the last ten years.
SELECT extract(year FROM clock) AS year, extract(month FROM clock) AS month,
       CAST(sum(plays) AS BIGINT) AS plays, CAST(sum(matched) AS BIGINT) AS matched,
       round(100e0 * sum(matched) / sum(plays), 1) AS matched_percent
FROM by_hour
WHERE clock > (SELECT max(clock) FROM by_hour) - INTERVAL '3660' DAY
GROUP BY extract(year FROM clock), extract(month FROM clock)
ORDER BY year, month
