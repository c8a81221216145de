SELECT
  {columns}
FROM sparkify_winners_{number}
