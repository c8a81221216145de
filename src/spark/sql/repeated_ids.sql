-- The ids that more than one fact has: identical facts are among these. (Only 8 bytes of each fact
-- are shuffled, and whole ones where an id repeats.)
CACHE TABLE sparkify_repeated_ids AS
SELECT fact_id FROM sparkify_facts GROUP BY fact_id HAVING count(*) > 1
