-- Plays of each song, and how many of them have a song in the catalogue.
SELECT song, artist, count(*) AS plays, count(song_id) AS matched
FROM songplays
WHERE song IS NOT NULL OR artist IS NOT NULL
GROUP BY song, artist
