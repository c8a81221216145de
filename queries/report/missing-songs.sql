-- The most played songs that the catalogue lacks. The question "unmatched" says what nearly matches.
-- limit: 10
SELECT song, artist, plays - matched AS plays
FROM by_song
WHERE song IS NOT NULL AND matched < plays
ORDER BY plays - matched DESC, song, artist NULLS FIRST
