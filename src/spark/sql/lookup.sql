-- What a fact is looked up in.
CREATE OR REPLACE TEMPORARY VIEW sparkify_lookup AS
SELECT {columns}
{winners}
