-- Plays and listeners by state: what stands after the comma of the location.
SELECT state, count(*) AS plays, count(DISTINCT user_id) AS listeners
FROM (SELECT user_id, coalesce(regexp_extract(location, ', ([A-Z]+)', 1), '') AS state
      FROM songplays) l
GROUP BY state
ORDER BY plays DESC, state
