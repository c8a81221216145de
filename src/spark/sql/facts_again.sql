-- The new facts that the lake has already.
CACHE LAZY TABLE sparkify_facts_again AS
SELECT fact.*
FROM sparkify_facts_once AS fact LEFT SEMI JOIN sparkify_facts_stored AS stored
  ON {is_identical}
