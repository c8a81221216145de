-- {which} of the {source}: what each value is in the text (~ is the tag of a string,
-- # of a number), and the fault, which begins with its code.
CACHE LAZY TABLE sparkify_{source}_checked AS
SELECT {checked_fields},
  IF(fault IS NULL, NULL, file) AS file, IF(fault IS NULL, NULL, line) AS line,
  CASE
    WHEN fault IS NULL THEN NULL
    WHEN startswith(fault, 'too_long') THEN left(text, 4096)
    WHEN flaw IS NULL THEN trim(BOTH ' \t\r\n' FROM text)
    ELSE trim(LEADING ' \t\r\n' FROM CAST(left(CAST(text AS BINARY),
      octet_length(text) - IF(endswith(text, '\r'), 1, 0)) AS STRING))
  END AS record, fault,
  IF(flaw IS NULL, unknown, NULL) AS unknown,
  {discarded} AS discarded
FROM (
  SELECT *, CASE
    WHEN flaw IS NOT NULL THEN flaw{checks}
    END AS fault
  FROM (
    SELECT *{values}
    FROM (
      SELECT file, line, text, unknown, flaw,
        IF(flaw IS NULL, {tagged}, NULL) AS tagged{raw_copied}
      FROM (
        SELECT file, line, text, unknown,
          CASE{file_fault}
            WHEN octet_length(text) - IF(endswith(text, '\r'), 1, 0) > 16777216
              THEN 'too_long the record is longer than 16 MiB; its begin is shown'
            WHEN hex(left(CAST(text AS BINARY), 4)) RLIKE
              '^(?:FFFE|FEFF|(?:(?!00)[0-7][0-9A-F]00){2}|(?:00(?!00)[0-7][0-9A-F]){2})'
              THEN 'not_utf8 the text is UTF-16; convert it to UTF-8: iconv -f UTF-16 -t UTF-8'
            WHEN startswith(hex(left(CAST(text AS BINARY), 4)), '1F8B08')
              OR hex(left(CAST(text AS BINARY), 4)) = '28B52FFD'
              THEN raise_error(concat(file, ' is packed data, and its name says text: gzip needs a',
                ' name that ends in .gz, zstd one that ends in .zst'))
            WHEN NOT startswith(ltrim(' \t\r\n', text), '{')
              THEN 'not_object expected an object'
            WHEN NOT is_valid_utf8(text) THEN 'not_utf8 the record is not valid UTF-8'
            WHEN from_json({whole_text}, 'whole BOOLEAN',
              {parse_options}).whole IS NULL
              THEN IF(reduce(split(regexp_replace(regexp_replace(text, r'"{string_text}"', ''),
                                    r'[^\[\]{}]', ''), ''),
                 struct(0 AS level, 0 AS deepest),
                 (at, bracket) -> struct(
                   at.level + CASE WHEN bracket IN ('[', '{') THEN 1
                                   WHEN bracket IN (']', '}') THEN -1 ELSE 0 END AS level,
                   greatest(at.deepest, at.level + IF(bracket IN ('[', '{'), 1, 0)) AS deepest),
                 at -> at.deepest) > 64,
                'too_deep the record is nested deeper than 64',
                'not_json the record is not well-formed JSON')
            WHEN NOT coalesce(json_object_keys({whole_text}) = array('record', 'whole'), true)
              THEN 'not_json there is text after the record'
            WHEN {has_lone_surrogate}
              THEN 'not_json a lone surrogate in a string'
          END AS flaw
        {lines_to_check} (
          trim(BOTH ' \t\r\n' FROM text) <> '' OR octet_length(text) > 16777217{or_file}) -- else a blank line
      )
    ){views}
  )
)
