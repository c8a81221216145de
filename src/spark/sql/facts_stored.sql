-- Facts of the lake, with the fields that their columns were made of.
CREATE OR REPLACE TEMPORARY VIEW sparkify_facts_stored AS
SELECT *{signs}
FROM (
  SELECT {stored}
  FROM {view}
)
