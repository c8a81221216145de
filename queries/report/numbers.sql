-- Plays, active users, sessions, hours played, and the shares of paid plays and of plays in the catalogue.
SELECT count(*) AS plays,
       count(DISTINCT user_id) AS users,
       count(DISTINCT session_id) AS sessions,
       CAST(round(sum(length) / 3600) AS BIGINT) AS hours,
       round(100e0 * count(*) FILTER (WHERE level = 'paid') / nullif(count(*), 0), 1) AS paid_percent,
       round(100e0 * count(song_id) / nullif(count(*), 0), 1) AS matched_percent
FROM songplays
