SELECT
  {columns}
FROM (
  {unions}
)
