-- What baskets were filled with: the value of the pieces by category.
SELECT coalesce(category, 'not in the catalogue') AS category, round(CAST(sum(price * quantity) AS DOUBLE)) AS value
FROM clicks
WHERE event = 'add' AND sku IS NOT NULL
GROUP BY 1
ORDER BY value DESC, category
