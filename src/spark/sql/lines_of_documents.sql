-- Each record of the {source}. A file that as a whole is one JSON object, or one array of
-- objects, gives those; any other file gives its lines.
--
-- A document gives its objects, whatever is wrong with each: so the text is first asked for its
-- syntax alone, nested as deep as it may be, and then walked. The walk is over tokens: runs of text,
-- with the strings in it, and brackets. It counts how many brackets are open, and notes where each
-- object of the document begins and ends; `top` is the number that is open around those: 1 in an
-- array. Spark copies what a lambda returns, so the walk goes in chunks: what was found in the
-- chunks before is not copied with each token. The tokens are of the bytes, each as a character,
-- since the text may be no UTF-8.
CREATE OR REPLACE TEMPORARY VIEW sparkify_{source}_lines AS
SELECT file, line, text
FROM (
  SELECT file, coalesce(objects,
    transform(
      IF(is_valid_utf8(text), split(text, '\n'),
         transform(split(decode(CAST(text AS BINARY), 'ISO-8859-1'), '\n'),
                   bytes -> CAST(encode(bytes, 'ISO-8859-1') AS STRING))),
      (text, i) -> struct(i + 1 AS line, text AS text))) AS records
  FROM (
    SELECT file, text,
      CASE WHEN octet_length(text) <= 67108864
        AND (startswith(ltrim(' \t\r\n', text), '[')
          OR startswith(ltrim(' \t\r\n', text), '{')
            AND contains(trim(BOTH ' \t\r\n' FROM text), '\n'))
        AND from_json({whole_text}, 'whole BOOLEAN',
          {parse_options}).whole
        AND NOT coalesce({has_lone_surrogate}, false)
      THEN transform(array(struct(CAST(text AS BINARY) AS bytes, regexp_extract_all(decode(CAST(text AS BINARY), 'ISO-8859-1'),
            r'(?:[^"\[\]{}]++|"{string_text}")++|\[++|\]++|[{}]', 0) AS tokens)),
        t -> transform(
          reduce(transform(sequence(1, cardinality(t.tokens), 512),
                           first -> slice(t.tokens, first, 512)),
            struct(
              struct(IF(startswith(ltrim(' \t\r\n', text), '['), 1, 0) AS top, 0 AS open,
                     0 AS bytes, 1 AS line, 0 AS begin, 0 AS begin_line, true AS ok) AS at,
              CAST(array() AS ARRAY<STRUCT<line: INT, begin: INT, length: INT>>) AS found),
            (before, chunk) -> reduce(chunk,
              struct(before.at AS at, CAST(array() AS ARRAY<STRUCT<line: INT, begin: INT, length: INT>>) AS found),
              (s, token) -> struct(
                struct(
                  s.at.top AS top,
                  s.at.open + CASE left(token, 1) WHEN '[' THEN length(token) WHEN '{' THEN 1
                    WHEN ']' THEN -length(token) WHEN '}' THEN -1 ELSE 0 END AS open,
                  s.at.bytes + length(token) AS bytes,
                  s.at.line + length(token) - length(replace(token, '\n')) AS line,
                  IF(token = '{' AND s.at.open = s.at.top, s.at.bytes, s.at.begin) AS begin,
                  IF(token = '{' AND s.at.open = s.at.top, s.at.line, s.at.begin_line) AS begin_line,
                  s.at.ok AND (s.at.open > s.at.top OR CASE left(token, 1)
                    WHEN '{' THEN s.at.open = s.at.top
                    WHEN '[' THEN s.at.open = 0 AND s.at.top = 1 AND token = '['
                    WHEN '}' THEN true WHEN ']' THEN true
                    ELSE trim(BOTH ' \t\r\n' FROM token) IN ('', IF(s.at.open = 1, ',', ''))
                    END) AS ok) AS at,
                IF(token = '}' AND s.at.open = s.at.top + 1,
                   concat(s.found, array(struct(s.at.begin_line AS line, s.at.begin AS begin,
                                         s.at.bytes + 1 - s.at.begin AS length))),
                   s.found) AS found),
              s -> struct(s.at AS at, concat(before.found, s.found) AS found)),
            s -> IF(s.at.ok AND s.at.open = 0, s.found, NULL)),
          o -> struct(o.line AS line,
            CAST(substring(t.bytes, o.begin + 1, o.length) AS STRING) AS text)))[0]
      END AS objects
    FROM (
      SELECT input_file_name() AS file,
        IF(startswith(value, '\uFEFF'), substr(value, 2), value) AS text
      FROM sparkify_{source}_text
    )
  )
)
LATERAL VIEW inline(records) AS line, text
