-- The share of plays whose song is in the catalogue, month by month.
SELECT extract(year FROM clock) AS year, extract(month FROM clock) AS month,
       CAST(sum(plays) AS BIGINT) AS plays, CAST(sum(matched) AS BIGINT) AS matched,
       round(100e0 * sum(matched) / sum(plays), 1) AS matched_percent
FROM by_hour
GROUP BY extract(year FROM clock), extract(month FROM clock)
ORDER BY year, month
