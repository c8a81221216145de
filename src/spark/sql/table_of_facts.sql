SELECT
  {columns}
FROM {facts} AS fact{joins}
