-- From the first play to paying: how many users got how far.
SELECT count(*) AS users,
       count(*) FILTER (WHERE p.sessions > 1) AS came_again,
       count(*) FILTER (WHERE p.plays >= 50) AS played_50,
       count(*) FILTER (WHERE p.ever_paid) AS ever_paid,
       count(*) FILTER (WHERE u.level = 'paid') AS paid_now
FROM (SELECT user_id, sum(plays) AS plays, count(DISTINCT session_id) AS sessions,
             bool_or(level = 'paid') AS ever_paid
      FROM by_hour
      GROUP BY user_id) p
JOIN users u ON u.user_id = p.user_id
