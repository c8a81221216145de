-- {table}: the records that count, and those that have won before.
CREATE OR REPLACE TEMPORARY VIEW sparkify_{table}_records AS
SELECT {fields} FROM sparkify_{source}_kept
UNION ALL
SELECT {stored} FROM {view}
