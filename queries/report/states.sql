-- Plays and listeners by state: what stands after the comma of the location.
-- limit: 200
SELECT coalesce(regexp_extract(location, ', ([A-Z]+)', 1), '') AS state,
       CAST(sum(plays) AS BIGINT) AS plays, count(DISTINCT user_id) AS listeners
FROM by_place
GROUP BY coalesce(regexp_extract(location, ', ([A-Z]+)', 1), '')
ORDER BY plays DESC, state
