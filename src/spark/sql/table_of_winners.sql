SELECT
  {columns}
{winners}
