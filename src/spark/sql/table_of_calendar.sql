SELECT
  {columns}
FROM (
  SELECT {to_timestamp}({time}) AS at
  FROM (SELECT /*+ REPARTITION_BY_RANGE({time}) */ {time} FROM {times})
  GROUP BY {time}
)
SORT BY {order}
