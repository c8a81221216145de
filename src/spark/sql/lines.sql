-- Each line of the {source}. (Where in its file a line stands, Spark does not tell.)
CREATE OR REPLACE TEMPORARY VIEW sparkify_{source}_lines AS
SELECT input_file_name() AS file, CAST(NULL AS BIGINT) AS line, value AS text
FROM sparkify_{source}_text
