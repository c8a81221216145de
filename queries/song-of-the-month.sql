-- The most played song of each month.
SELECT year, month, song, artist, plays
FROM (SELECT year, month, song, artist, count(*) AS plays,
             row_number() OVER (PARTITION BY year, month
                                ORDER BY count(*) DESC, song, artist NULLS FIRST) AS place
      FROM songplays
      WHERE song IS NOT NULL
      GROUP BY year, month, song, artist) m
WHERE place = 1
ORDER BY year, month
