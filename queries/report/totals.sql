-- The first and the last play, and how many plays and users there are between them.
SELECT min(start_time) AS first_play, max(start_time) AS last_play,
       count(*) AS plays, count(DISTINCT user_id) AS users
FROM songplays
