-- Every record of the {source}, parsed once. A doubtful one keeps its text, to be checked.
CACHE LAZY TABLE sparkify_{source}_parsed AS
SELECT {record_fields},
  unknown, doubtful, IF(doubtful, file, NULL) AS file, IF(doubtful, line, NULL) AS line,
  IF(doubtful, text, NULL) AS text
FROM (
  SELECT file, line, text, record,
    {unknown_names},
    CASE
      WHEN broken IS NOT NULL OR whole IS NULL OR record IS NULL THEN true
      WHEN NOT is_valid_utf8(text) OR octet_length(text) > 16777216 THEN true
      WHEN octet_length(text) - octet_length(substring_index(text, '}', 1)) > 5
        AND NOT coalesce(json_object_keys({whole_text}) = array('record', 'whole'), false)
        THEN true -- what follows the first brace may be ,"":0
      WHEN {has_lone_surrogate} THEN true{doubts}
      ELSE false
    END AS doubtful
  FROM (SELECT *, json_object_keys(text) AS names FROM sparkify_{source}_lines)
  LATERAL VIEW inline(array(from_json(
    {whole_text},
    'record STRUCT<{schema}>, whole BOOLEAN, broken STRING',
    {parse_options}))) AS record, whole, broken
)
