-- The share of plays whose song is in the catalogue, month by month.
SELECT year, month, count(*) AS plays, count(song_id) AS matched,
       round(100e0 * count(song_id) / count(*), 1) AS matched_percent
FROM songplays
GROUP BY year, month
ORDER BY year, month
