-- Free against paid: plays, users, plays a user, and the share of plays whose song is in the catalogue.
SELECT level, count(*) AS plays, count(DISTINCT user_id) AS users,
       round(CAST(count(*) AS DOUBLE) / count(DISTINCT user_id), 1) AS plays_a_user,
       round(100e0 * count(song_id) / count(*), 1) AS matched_percent
FROM songplays
GROUP BY level
ORDER BY plays DESC, level NULLS FIRST
