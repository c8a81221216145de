-- The most played artists, whether or not the catalogue has them.
SELECT top.artist, CAST(max(top.plays) AS BIGINT) AS plays, max(top.songs) AS songs,
       count(DISTINCT p.user_id) AS listeners
FROM (SELECT artist, sum(plays) AS plays, count(song) AS songs
      FROM by_song
      WHERE artist IS NOT NULL
      GROUP BY artist
      ORDER BY plays DESC, artist
      LIMIT 10) top
JOIN songplays p ON p.artist = top.artist
GROUP BY top.artist
ORDER BY plays DESC, top.artist
