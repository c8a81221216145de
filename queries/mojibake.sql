-- Texts that were decoded with the wrong character set on their way here ("BjÃ¶rk" for "Björk").
-- Correct them where they come from: a song and a play that differ so do not match.
-- limit: 50
SELECT origin, value, found
FROM (SELECT 'songplays.song' AS origin, song AS value, count(*) AS found FROM songplays GROUP BY song
      UNION ALL
      SELECT 'songplays.artist', artist, count(*) FROM songplays GROUP BY artist
      UNION ALL
      SELECT 'songplays.location', location, count(*) FROM songplays GROUP BY location
      UNION ALL
      SELECT 'songs.title', title, count(*) FROM songs GROUP BY title
      UNION ALL
      SELECT 'artists.name', name, count(*) FROM artists GROUP BY name
      UNION ALL
      SELECT 'artists.location', location, count(*) FROM artists GROUP BY location
      UNION ALL
      SELECT 'users.first_name', first_name, count(*) FROM users GROUP BY first_name
      UNION ALL
      SELECT 'users.last_name', last_name, count(*) FROM users GROUP BY last_name) t
WHERE coalesce(regexp_extract(value, concat('([ÂÃ][', chr(128), '-', chr(191), '€‚ƒ„…†‡ˆ‰Š‹Œ]|â€|�)'), 1), '') <> ''
ORDER BY found DESC, origin, value
