-- What does not fit together: ids that occur twice, and keys that no dimension has. All should be 0.
SELECT 'songplay_id twice' AS problem, count(*) AS found
FROM (SELECT songplay_id FROM songplays GROUP BY songplay_id HAVING count(*) > 1) d
UNION ALL
SELECT 'user not in users', count(*)
FROM songplays p LEFT JOIN users u ON u.user_id = p.user_id
WHERE u.user_id IS NULL
UNION ALL
SELECT 'song not in songs', count(*)
FROM songplays p LEFT JOIN songs s ON s.song_id = p.song_id
WHERE p.song_id IS NOT NULL AND s.song_id IS NULL
UNION ALL
SELECT 'artist not in artists', count(*)
FROM songplays p LEFT JOIN artists a ON a.artist_id = p.artist_id
WHERE p.artist_id IS NOT NULL AND a.artist_id IS NULL
UNION ALL
SELECT 'start_time not in time', count(*)
FROM songplays p LEFT JOIN time t ON t.start_time = p.start_time
WHERE t.start_time IS NULL
ORDER BY problem
