-- In which partitions new facts are, and the first and the last time of each.
SELECT {columns}min({time}) AS first_time, max({time}) AS last_time
FROM sparkify_{source}_kept{group_by}
HAVING count(*) > 0
