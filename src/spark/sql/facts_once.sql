-- Every fact once.
CREATE OR REPLACE TEMPORARY VIEW sparkify_facts_once AS
SELECT {columns}
FROM sparkify_facts LEFT ANTI JOIN sparkify_repeated_ids USING (fact_id)
UNION ALL
SELECT {columns} FROM sparkify_repeated_facts
