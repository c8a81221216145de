-- Each record of the {source}: objects one behind the other. What lies between them and is none is
-- one, too: a reject.
--
-- The text is walked by its brackets and strings. `mode` is 0 between records, 1 in one, 2 in one
-- that is broken, whose end nothing tells but a brace at the begin of a line or behind another one,
-- and 3 in what is no record. In a record a brace at the begin of a line is a value only behind a
-- colon, or in an array, and a brace behind another one never; otherwise the record was cut off, and
-- the next one begins. `outer` are the brackets that are open. What seems a string that ends with }{
-- before a key is none: its quotes are those between two strings.
CREATE OR REPLACE TEMPORARY VIEW sparkify_{source}_lines AS
SELECT file, line, text
FROM (
  SELECT file, transform(found, o -> struct(o.line AS line,
      rtrim(' \t\r\n', CAST(substring(bytes, o.begin + 1, o.length) AS STRING)) AS text)) AS records
  FROM (
    SELECT file, bytes,
      reduce(transform(sequence(1, cardinality(tokens), 512), first -> slice(tokens, first, 512)),
        struct(
          struct(0 AS mode, 0 AS open, '' AS outer, '' AS last, 0 AS bytes, 1 AS line, 0 AS begin, 0 AS begin_line) AS at,
          CAST(array() AS ARRAY<STRUCT<line: INT, begin: INT, length: INT>>) AS found),
        (before, chunk) -> reduce(chunk,
          struct(before.at AS at, CAST(array() AS ARRAY<STRUCT<line: INT, begin: INT, length: INT>>) AS found),
          (s, token) -> transform(array(struct(
              trim(BOTH ' \t\r\n' FROM token) AS text,
              CASE
                WHEN s.at.mode IN (0, 3) THEN CASE WHEN token IN ('{', '\n{') THEN 'begin'
                  WHEN s.at.mode = 0 AND trim(BOTH ' \t\r\n' FROM token) <> '' THEN 'none' ELSE '' END
                WHEN token IN ('{', '\n{') AND s.at.last = '}' THEN 'begin'
                WHEN token = '\n{' AND (s.at.mode = 2 OR NOT (s.at.last IN (':', '[')
                  OR s.at.last = ',' AND (s.at.open > 100 OR endswith(s.at.outer, '[')))) THEN 'begin'
                WHEN s.at.mode = 2 THEN ''
                WHEN token IN ('{', '\n{', '[') THEN 'open'
                WHEN token IN ('}', ']') THEN IF(s.at.open = 1, 'end', 'close')
                WHEN token = '"' THEN 'broken' ELSE '' END AS what)),
            is -> struct(
              struct(
                CASE is.what WHEN 'begin' THEN 1 WHEN 'none' THEN 3 WHEN 'end' THEN 0 WHEN 'broken' THEN 2
                  ELSE s.at.mode END AS mode,
                CASE is.what WHEN 'begin' THEN 1 WHEN 'open' THEN s.at.open + 1
                  WHEN 'close' THEN s.at.open - 1 ELSE s.at.open END AS open,
                CASE is.what WHEN 'begin' THEN '{'
                  WHEN 'open' THEN IF(s.at.open < 100, concat(s.at.outer, is.text), s.at.outer)
                  WHEN 'close' THEN left(s.at.outer, s.at.open - 1) ELSE s.at.outer END AS outer,
                IF(is.text = '', s.at.last, right(is.text, 1)) AS last,
                s.at.bytes + length(token) AS bytes,
                s.at.line + length(token) - length(replace(token, '\n')) AS line,
                CASE is.what WHEN 'begin' THEN s.at.bytes + length(token) - 1
                  WHEN 'none' THEN s.at.bytes + length(token) - length(ltrim(' \t\r\n', token))
                  ELSE s.at.begin END AS begin,
                CASE is.what WHEN 'begin' THEN s.at.line + length(token) - 1
                  WHEN 'none' THEN s.at.line + length(token) - length(replace(token, '\n'))
                    - length(ltrim(' \t\r\n', token)) + length(replace(ltrim(' \t\r\n', token), '\n'))
                  ELSE s.at.begin_line END AS begin_line) AS at,
              CASE
                WHEN is.what = 'end'
                THEN concat(s.found, array(struct(s.at.begin_line AS line, s.at.begin AS begin,
                                                  s.at.bytes + 1 - s.at.begin AS length)))
                WHEN is.what = 'begin' AND s.at.mode <> 0
                THEN concat(s.found, array(struct(s.at.begin_line AS line, s.at.begin AS begin,
                                                  s.at.bytes - s.at.begin AS length)))
                ELSE s.found END AS found))[0],
          s -> struct(s.at AS at, concat(before.found, s.found) AS found)),
        s -> IF(s.at.mode = 0, s.found,
                concat(s.found, array(struct(s.at.begin_line AS line, s.at.begin AS begin,
                                             s.at.bytes - s.at.begin AS length))))) AS found
    FROM (
      SELECT file, CAST(text AS BINARY) AS bytes,
        regexp_extract_all(decode(CAST(text AS BINARY), 'ISO-8859-1'),
          concat(r'(?:[^"\[\]{}\n]++|"(?:[^"\\\x00-\x1F]++|\\[^\x00-\x1F])*+"',
            r'(?!(?<=\}\{")[^"\\:,{}\[\]\x00-\x1F]++"[ \t\r\n]*+:)|\n(?!\{))++|\n\{|[\[\]{}"]'), 0) AS tokens
      FROM (
        SELECT input_file_name() AS file,
          IF(startswith(value, '\uFEFF'), substr(value, 2), value) AS text
        FROM sparkify_{source}_text
      )
      WHERE text <> ''
    )
  )
)
LATERAL VIEW inline(records) AS line, text
