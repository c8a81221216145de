-- The most played songs, whether or not the catalogue has them.
SELECT top.song, top.artist, max(top.plays) AS plays, count(DISTINCT p.user_id) AS listeners
FROM (SELECT song, artist, plays
      FROM by_song
      WHERE song IS NOT NULL
      ORDER BY plays DESC, song, artist NULLS FIRST
      LIMIT 10) top
JOIN songplays p ON p.song = top.song AND p.artist IS NOT DISTINCT FROM top.artist
GROUP BY top.song, top.artist
ORDER BY plays DESC, top.song, top.artist NULLS FIRST
