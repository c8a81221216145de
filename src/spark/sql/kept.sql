-- The records of the {source} that count.
CREATE OR REPLACE TEMPORARY VIEW sparkify_{source}_kept AS
SELECT {kept_fields}
FROM sparkify_{source}_judged WHERE fault IS NULL{and_is_kept}
