SELECT {keys},
  {best}(struct(
    {order})) AS winner
FROM {records}{where}
GROUP BY {keys}
