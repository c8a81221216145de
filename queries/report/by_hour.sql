-- Plays of each user, session and level in each hour, how many of them have a song in the catalogue, and their length.
SELECT user_id, session_id, level, date_trunc('hour', start_time) AS clock,
       count(*) AS plays, count(song_id) AS matched, sum(length) AS seconds
FROM songplays
GROUP BY user_id, session_id, level, date_trunc('hour', start_time)
