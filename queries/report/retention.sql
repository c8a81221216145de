-- Of the users who first came in one of the last 26 weeks: how many came again so many weeks later.
SELECT CAST(first_week AS DATE) AS cohort,
       CAST(extract(day FROM week - first_week) / 7 AS INTEGER) AS weeks_later,
       count(*) AS users
FROM (SELECT user_id, week, min(week) OVER (PARTITION BY user_id) AS first_week,
             max(week) OVER () AS last_week
      FROM (SELECT DISTINCT user_id, date_trunc('week', clock) AS week FROM by_hour) w) c
WHERE first_week > last_week - INTERVAL '182' DAY
GROUP BY CAST(first_week AS DATE), CAST(extract(day FROM week - first_week) / 7 AS INTEGER)
ORDER BY cohort, weeks_later
