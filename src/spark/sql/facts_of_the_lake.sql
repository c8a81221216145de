-- The facts of the lake that are not in the files that are there: those of files that are gone.
CREATE OR REPLACE TEMPORARY VIEW sparkify_facts_of_the_lake AS
SELECT fact.*
FROM sparkify_facts_stored AS fact LEFT ANTI JOIN sparkify_facts_once AS stored
  ON {is_there}
