-- Clicks and payments by the country of the customer.
SELECT country, count(*) AS clicks, count(DISTINCT customer_id) AS customers,
       count(*) FILTER (WHERE event = 'pay') AS payments
FROM clicks
GROUP BY country
ORDER BY clicks DESC, country NULLS FIRST
