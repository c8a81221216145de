-- The facts with their ids. (Where bits count, a column beside a double says that it is -0.0,
-- which to Spark equals 0.0.)
CREATE OR REPLACE TEMPORARY VIEW sparkify_facts AS
SELECT *, xxhash64({id}) AS fact_id{signs}
FROM sparkify_{source}_kept
