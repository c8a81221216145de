-- The most played artists, whether or not the catalogue has them.
WITH top AS (
  SELECT artist, count(*) AS plays
  FROM songplays
  WHERE artist IS NOT NULL
  GROUP BY artist
  ORDER BY plays DESC, artist
  LIMIT 10
)
SELECT top.artist, max(top.plays) AS plays, count(DISTINCT p.song) AS songs,
       count(DISTINCT p.user_id) AS listeners
FROM top
JOIN songplays p ON p.artist = top.artist
GROUP BY top.artist
ORDER BY plays DESC, top.artist
