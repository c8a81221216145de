-- Every new fact once that the lake does not have.
CREATE OR REPLACE TEMPORARY VIEW sparkify_facts_all AS
SELECT fact.*
FROM sparkify_facts_once AS fact LEFT ANTI JOIN sparkify_facts_again AS stored
  ON {is_identical}
