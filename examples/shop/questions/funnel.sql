-- How far sessions get: those that looked at something, put it into the basket, and paid.
SELECT count(*) AS sessions,
       count(*) FILTER (WHERE views > 0) AS viewed,
       count(*) FILTER (WHERE adds > 0) AS added,
       count(*) FILTER (WHERE pays > 0) AS paid
FROM (SELECT session_id, count(*) FILTER (WHERE event = 'view') AS views,
             count(*) FILTER (WHERE event = 'add') AS adds,
             count(*) FILTER (WHERE event = 'pay') AS pays
      FROM clicks
      GROUP BY session_id) s
