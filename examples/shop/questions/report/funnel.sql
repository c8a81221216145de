-- How far sessions get.
SELECT step, sessions
FROM (SELECT CASE event WHEN 'view' THEN '1 looked' WHEN 'add' THEN '2 put into the basket' ELSE '3 paid' END AS step,
             count(DISTINCT session_id) AS sessions
      FROM clicks
      WHERE event IN ('view', 'add', 'pay')
      GROUP BY 1) s
ORDER BY step
