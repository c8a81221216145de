-- In how many plays a value is missing.
SELECT count(*) AS plays,
       count(*) - count(song) AS song,
       count(*) - count(artist) AS artist,
       count(*) - count(length) AS length,
       count(*) - count(song_id) AS song_id,
       count(*) - count(artist_id) AS artist_id,
       count(*) - count(session_id) AS session_id,
       count(*) - count(location) AS location,
       count(*) - count(user_agent) AS user_agent
FROM songplays
