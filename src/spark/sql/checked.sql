-- The doubtful records of the {source} once more: what each value was in the text (~ is the
-- tag of a string, # of a number), and the fault, which begins with its code.
CACHE LAZY TABLE sparkify_{source}_checked AS
SELECT file, line, text,
  {values},
  CASE
    WHEN flaw IS NOT NULL THEN flaw{checks}
  END AS fault,
  IF(flaw IS NULL, unknown, NULL) AS unknown
FROM (
  SELECT file, line, text, unknown, flaw, tagged.*
  FROM (
    SELECT file, line, text, unknown,
      CASE
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
    FROM sparkify_{source}_parsed
    WHERE doubtful AND (trim(BOTH ' \t\r\n' FROM text) <> ''
                        OR octet_length(text) > 16777217) -- else a blank line
  )
  LATERAL VIEW inline(array(from_json(
    IF(flaw IS NULL, regexp_replace(regexp_replace(text,
          r'"({string_text})"', '"~$1"'),
          r'\G((?:[^"0-9-]++|"{string_text}")*+)(-?[0-9][-+.0-9eE]*+)', '$1"#$2"'), NULL),
    '{tagged_schema}', {parse_options}))) tagged AS {tagged_fields}
)
