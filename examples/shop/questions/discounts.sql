-- Where the price that was shown is not the one of the catalogue.
-- limit: 10
SELECT category, count(*) AS clicks, count(DISTINCT sku) AS products,
       min(price - list_price) AS least, max(price - list_price) AS greatest
FROM clicks
WHERE price <> list_price
GROUP BY category
ORDER BY clicks DESC, category NULLS FIRST
