-- The three most played songs of each gender.
SELECT gender, song, artist, plays
FROM (SELECT u.gender, p.song, p.artist, count(*) AS plays,
             row_number() OVER (PARTITION BY u.gender
                                ORDER BY count(*) DESC, p.song, p.artist NULLS FIRST) AS place
      FROM songplays p
      JOIN users u ON u.user_id = p.user_id
      WHERE p.song IS NOT NULL
      GROUP BY u.gender, p.song, p.artist) f
WHERE place <= 3
ORDER BY gender NULLS FIRST, plays DESC, song, artist NULLS FIRST
