-- Each record of the {source}: the elements of the array under {key_text} of each file's object. Where
-- the file has none, or is not well-formed outside of them, the file itself is a reject, too.
--
-- The text is walked by its brackets; `is_key` says that what comes next is the value of that key,
-- `is_in` that its array is open, which is the last one where the key is there twice.
CREATE OR REPLACE TEMPORARY VIEW sparkify_{source}_lines AS
SELECT file, line, text, of_file
FROM (
  SELECT file, CASE
      WHEN is_whole AND (array_of IS NULL OR NOT startswith(value_of, '['))
      THEN array(struct(1 AS line, left(text, 4096) AS text, concat(
        IF(value_of IS NULL, 'missing_field ', 'wrong_type '), {key_text}, ': expected an array of records') AS of_file))
      WHEN is_whole AND cardinality(array_of) <> cardinality(elements)
      THEN raise_error(concat(file, ': not all of its records are found'))
      WHEN is_whole OR exists(elements, o -> from_json(concat('{"record":', o.text, ',"whole":true}'),
          'whole BOOLEAN', {parse_options}).whole IS NULL)
      THEN elements
      ELSE concat(array(struct(1 AS line, left(text, 4096) AS text,
        CASE WHEN NOT startswith(ltrim(' \t\r\n', text), '{') THEN 'not_object expected an object'
          ELSE 'not_json the file is not well-formed JSON' END AS of_file)), elements)
    END AS records
  FROM (
    SELECT file, text, is_whole,
      from_json(text, '{key_schema} ARRAY<STRING>', {parse_options}).{key_name} AS array_of,
      from_json(text, '{key_schema} STRING', {parse_options}).{key_name} AS value_of,
      transform(found, o -> struct(o.line AS line,
        coalesce(o.text, CAST(substring(bytes, o.begin + 1, o.length) AS STRING)) AS text,
        CAST(NULL AS STRING) AS of_file)) AS elements
    FROM (
      SELECT file, text, bytes, is_whole,
        reduce(transform(sequence(1, cardinality(tokens), 512), first -> slice(tokens, first, 512)),
          struct(
            struct(0 AS open, false AS is_key, false AS is_in, 0 AS bytes, 1 AS line, 0 AS begin, 0 AS begin_line) AS at,
            false AS is_new,
            CAST(array() AS ARRAY<STRUCT<line: INT, begin: INT, length: INT, text: STRING>>) AS found),
          (before, chunk) -> reduce(chunk,
            struct(before.at AS at, false AS is_new,
              CAST(array() AS ARRAY<STRUCT<line: INT, begin: INT, length: INT, text: STRING>>) AS found),
            (s, token) -> struct(
              struct(
                s.at.open + CASE WHEN token IN ('[', '{') THEN 1 WHEN token IN (']', '}') THEN -1 ELSE 0 END AS open,
                s.at.open = 1 AND exists(array(regexp_extract(token,
                    r'\A(?:[^"]++|"{string_text}"(?!\s*+:\s*+\z))*+"({string_text})"\s*+:\s*+\z', 1)),
                  key -> key = decode(encode({key_text}, 'UTF-8'), 'ISO-8859-1') OR contains(key, '\\')
                    AND get(from_json(concat('["', key, '"]'), 'ARRAY<STRING>'), 0) = {key_text}) AS is_key,
                CASE WHEN token = '[' AND s.at.open = 1 THEN s.at.is_key
                  WHEN token = ']' AND s.at.open = 2 THEN false ELSE s.at.is_in END AS is_in,
                s.at.bytes + length(token) AS bytes,
                s.at.line + length(token) - length(replace(token, '\n')) AS line,
                IF(token IN ('[', '{') AND s.at.open = 2, s.at.bytes, s.at.begin) AS begin,
                IF(token IN ('[', '{') AND s.at.open = 2, s.at.line, s.at.begin_line) AS begin_line) AS at,
              s.is_new OR token = '[' AND s.at.open = 1 AND s.at.is_key AS is_new,
              CASE
                WHEN token = '[' AND s.at.open = 1 AND s.at.is_key THEN slice(s.found, 1, 0)
                WHEN NOT s.at.is_in THEN s.found
                WHEN token IN (']', '}') AND s.at.open = 3
                THEN concat(s.found, array(struct(s.at.begin_line AS line, s.at.begin AS begin,
                  s.at.bytes + 1 - s.at.begin AS length, CAST(NULL AS STRING) AS text)))
                WHEN s.at.open = 2 AND token NOT IN ('[', ']', '{', '}')
                THEN concat(s.found, transform(regexp_extract_all(token, r'(?:[^\s,"]++|"{string_text}")++', 0),
                  value -> struct(s.at.line AS line, 0 AS begin, 0 AS length,
                    CAST(encode(value, 'ISO-8859-1') AS STRING) AS text)))
                ELSE s.found END AS found),
            s -> struct(s.at AS at, s.is_new AS is_new,
              concat(IF(s.is_new, slice(before.found, 1, 0), before.found), s.found) AS found)),
          s -> s.found) AS found
      FROM (
        SELECT file, text, CAST(text AS BINARY) AS bytes,
          coalesce(startswith(ltrim(' \t\r\n', text), '{')
            AND from_json({whole_text}, 'whole BOOLEAN', {parse_options}).whole
            AND json_object_keys({whole_text}) = array('record', 'whole'), false) AS is_whole,
          regexp_extract_all(decode(CAST(text AS BINARY), 'ISO-8859-1'),
            r'(?:[^"\[\]{}]++|"{string_text}")++|[\[\]{}"]', 0) AS tokens
        FROM (
          SELECT input_file_name() AS file, IF(octet_length(value) > 67108864,
            raise_error(concat(input_file_name(), ' is longer than 64 MiB: its records lie in one document')),
            IF(startswith(value, '\uFEFF'), substr(value, 2), value)) AS text
          FROM sparkify_{source}_text
        )
        WHERE text <> ''
      )
    )
  )
)
LATERAL VIEW inline(records) AS line, text, of_file
