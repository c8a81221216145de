-- Users by level and gender.
SELECT level, gender, count(*) AS users
FROM users
GROUP BY level, gender
ORDER BY users DESC, level NULLS FIRST, gender NULLS FIRST
