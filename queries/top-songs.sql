-- The most played songs, whether or not the catalogue has them.
-- limit: 10
SELECT song, artist, count(*) AS plays, count(DISTINCT user_id) AS listeners
FROM songplays
WHERE song IS NOT NULL
GROUP BY song, artist
ORDER BY plays DESC, song, artist NULLS FIRST
