-- What a fact is looked up in, as an earlier run has left it.
CREATE OR REPLACE TEMPORARY VIEW sparkify_lookup AS
SELECT *{signs}
FROM (SELECT {stored} FROM {view})
