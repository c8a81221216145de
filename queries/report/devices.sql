-- Operating systems and browsers, by user agent.
SELECT system, browser, CAST(sum(plays) AS BIGINT) AS plays
FROM (SELECT CASE WHEN user_agent LIKE '%iPhone%' OR user_agent LIKE '%iPad%' THEN 'iOS'
                  WHEN user_agent LIKE '%Android%' THEN 'Android'
                  WHEN user_agent LIKE '%Windows%' THEN 'Windows'
                  WHEN user_agent LIKE '%Mac OS X%' THEN 'macOS'
                  WHEN user_agent LIKE '%Linux%' THEN 'Linux'
                  ELSE 'other' END AS system,
             CASE WHEN user_agent LIKE '%Firefox%' THEN 'Firefox'
                  WHEN user_agent LIKE '%Trident%' OR user_agent LIKE '%MSIE%' THEN 'Internet Explorer'
                  WHEN user_agent LIKE '%Opera%' OR user_agent LIKE '%OPR/%' THEN 'Opera'
                  WHEN user_agent LIKE '%Edge/%' OR user_agent LIKE '%Edg/%' THEN 'Edge'
                  WHEN user_agent LIKE '%Chrome%' THEN 'Chrome'
                  WHEN user_agent LIKE '%Safari%' THEN 'Safari'
                  ELSE 'other' END AS browser,
             plays
      FROM (SELECT user_agent, sum(plays) AS plays FROM by_place GROUP BY user_agent) a) b
GROUP BY system, browser
ORDER BY plays DESC, system, browser
