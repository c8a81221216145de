-- In how many plays a value is missing.
SELECT (SELECT count(*) FROM songplays) AS plays,
       (SELECT count(*) FROM songplays WHERE song IS NULL) AS song,
       (SELECT count(*) FROM songplays WHERE artist IS NULL) AS artist,
       (SELECT count(*) FROM songplays WHERE length IS NULL) AS length,
       (SELECT count(*) FROM songplays WHERE song_id IS NULL) AS song_id,
       (SELECT count(*) FROM songplays WHERE artist_id IS NULL) AS artist_id,
       (SELECT count(*) FROM songplays WHERE session_id IS NULL) AS session_id,
       (SELECT count(*) FROM songplays WHERE location IS NULL) AS location,
       (SELECT count(*) FROM songplays WHERE user_agent IS NULL) AS user_agent
