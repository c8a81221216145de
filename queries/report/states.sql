-- Plays and listeners by state: what stands after the comma of the location.
SELECT state, sum(plays) AS plays, count(DISTINCT user_id) AS listeners
FROM (SELECT user_id, plays, coalesce(regexp_extract(location, ', ([A-Z]+)', 1), '') AS state
      FROM (SELECT user_id, location, count(*) AS plays
            FROM songplays
            GROUP BY user_id, location) l) s
GROUP BY state
ORDER BY plays DESC, state
