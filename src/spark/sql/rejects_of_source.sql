SELECT '{source}' AS source, file, CAST(line AS BIGINT) AS line, CAST(NULL AS BIGINT) AS byte_offset,
  substring_index(fault, ' ', 1) AS code,
  substr(fault, instr(fault, ' ') + 1) AS reason,
  IF(is_valid_utf8(record), record, NULL) AS record,
  IF(is_valid_utf8(record), NULL, replace(base64(CAST(record AS BINARY)), '\r\n')) AS record_base64
FROM (
  SELECT file, line, fault,
    IF(startswith(fault, 'too_long'), left(text, 4096),
       IF(substring_index(fault, ' ', 1) IN ('missing_field', 'wrong_type', 'out_of_range'),
         trim(BOTH ' \t\r\n' FROM text),
         trim(LEADING ' \t\r\n' FROM CAST(
           left(CAST(text AS BINARY),
                octet_length(text) - IF(endswith(text, '\r'), 1, 0))
           AS STRING)))) AS record
  FROM sparkify_{source}_checked WHERE fault IS NOT NULL
)
