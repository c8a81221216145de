-- What facts are looked up in.
CREATE OR REPLACE TEMPORARY VIEW sparkify_lookup_{number} AS
SELECT {columns}
FROM sparkify_winners_{winners}
