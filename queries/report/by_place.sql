-- Plays of each user at each location, with each user agent.
SELECT user_id, location, user_agent, count(*) AS plays
FROM songplays
GROUP BY user_id, location, user_agent
