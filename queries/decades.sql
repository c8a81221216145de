-- Plays by the decade of the song. Decade 0: the year is not known; null: the song is not in the catalogue.
SELECT s.year - s.year % 10 AS decade, sum(p.plays) AS plays, count(*) AS songs
FROM (SELECT song_id, song, artist, count(*) AS plays
      FROM songplays
      GROUP BY song_id, song, artist) p
LEFT JOIN songs s ON s.song_id = p.song_id
GROUP BY s.year - s.year % 10
ORDER BY decade NULLS LAST
