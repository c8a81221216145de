SELECT '{source}' AS source, file, CAST(line AS BIGINT) AS line, CAST(NULL AS BIGINT) AS byte_offset,
  substring_index(fault, ' ', 1) AS code,
  substr(fault, instr(fault, ' ') + 1) AS reason,
  IF(is_valid_utf8(record), record, NULL) AS record,
  IF(is_valid_utf8(record), NULL, replace(base64(CAST(record AS BINARY)), '\r\n')) AS record_base64
FROM sparkify_{source}_checked WHERE fault IS NOT NULL
