-- The most played artists, whether or not the catalogue has them.
-- limit: 10
SELECT artist, count(*) AS plays, count(DISTINCT song) AS songs, count(DISTINCT user_id) AS listeners
FROM songplays
WHERE artist IS NOT NULL
GROUP BY artist
ORDER BY plays DESC, artist
