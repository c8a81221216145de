-- {table}: the newest time of each key. (Only these are shuffled; whole records are compared at
-- that time alone.)
CACHE TABLE sparkify_{table}_newest AS
SELECT {keys}, max({time}) AS {time} FROM {records}{where}
GROUP BY {keys}
