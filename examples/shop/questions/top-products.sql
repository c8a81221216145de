-- What was put into baskets most often, whether or not the catalogue has it.
-- limit: 10
SELECT sku, max(product) AS product, max(category) AS category, count(*) AS adds,
       sum(quantity) AS pieces, sum(price * quantity) AS value
FROM clicks
WHERE event = 'add' AND sku IS NOT NULL
GROUP BY sku
ORDER BY adds DESC, sku
