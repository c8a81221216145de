-- The most played songs that the catalogue lacks. The question "unmatched" says what nearly matches.
-- limit: 10
SELECT song, artist, count(*) AS plays
FROM songplays
WHERE song_id IS NULL AND song IS NOT NULL
GROUP BY song, artist
ORDER BY plays DESC, song, artist NULLS FIRST
