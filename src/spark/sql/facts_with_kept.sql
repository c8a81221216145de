-- Every fact once, also those of files that are gone.
CREATE OR REPLACE TEMPORARY VIEW sparkify_facts_all AS
SELECT {columns} FROM sparkify_facts_once
UNION ALL
SELECT {columns} FROM sparkify_facts_of_the_lake
