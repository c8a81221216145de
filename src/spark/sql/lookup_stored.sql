-- What facts are looked up in, as an earlier run has left it.
CREATE OR REPLACE TEMPORARY VIEW sparkify_lookup_{number} AS
SELECT *{signs}, struct(*) AS winner
FROM (SELECT {stored} FROM {view})
