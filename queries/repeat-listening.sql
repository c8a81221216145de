-- How often a listener plays the same song: once, twice, more.
SELECT times, count(*) AS songs_of_users, sum(plays) AS plays
FROM (SELECT plays,
             CASE WHEN plays = 1 THEN '1'
                  WHEN plays = 2 THEN '2'
                  WHEN plays <= 5 THEN '3 to 5'
                  ELSE '6 or more' END AS times
      FROM (SELECT user_id, song, artist, count(*) AS plays
            FROM songplays
            WHERE song IS NOT NULL
            GROUP BY user_id, song, artist) r) t
GROUP BY times
ORDER BY times
