-- Kinds of events: how many, by how many people, and their share.
SELECT type, count(*) AS events, count(DISTINCT actor_id) AS actors,
       round(100e0 * count(*) / sum(count(*)) OVER (), 1) AS percent
FROM events
GROUP BY type
ORDER BY events DESC, type
