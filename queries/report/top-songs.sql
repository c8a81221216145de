-- The most played songs, whether or not the catalogue has them.
WITH top AS (
  SELECT song, artist, count(*) AS plays
  FROM songplays
  WHERE song IS NOT NULL
  GROUP BY song, artist
  ORDER BY plays DESC, song, artist NULLS FIRST
  LIMIT 10
)
SELECT top.song, top.artist, max(top.plays) AS plays, count(DISTINCT p.user_id) AS listeners
FROM top
JOIN songplays p ON p.song = top.song AND coalesce(p.artist, '') = coalesce(top.artist, '')
GROUP BY top.song, top.artist
ORDER BY plays DESC, top.song, top.artist NULLS FIRST
