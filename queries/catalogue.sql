-- The catalogue's songs by decade, and how many of them were ever played. Decade 0: the year is not known.
SELECT s.year - s.year % 10 AS decade, count(*) AS songs, count(p.song_id) AS played
FROM songs s
LEFT JOIN (SELECT DISTINCT song_id FROM songplays) p ON p.song_id = s.song_id
GROUP BY s.year - s.year % 10
ORDER BY decade
