-- The facts with such an id, identical ones once. `times` is how often the input has it.
CACHE LAZY TABLE sparkify_repeated_facts AS
SELECT {columns}, count(*) AS times
FROM sparkify_facts LEFT SEMI JOIN sparkify_repeated_ids USING (fact_id)
GROUP BY {columns}
