/* The texts of the records, in SQL: lines of logs; objects, arrays or lines of song files. */
#include "sql_private.h"

void sql_append(struct buffer *out, const struct model_source *source, const char *text)
{
    for (const char *at; (at = strchr(text, '@')); text = at + 1) {
        buffer_append(out, text, (size_t)(at - text));
        buffer_append(out, source->name, strlen(source->name));
    }
    buffer_append(out, text, strlen(text));
}

/* A log is read by lines. A byte-order mark at its start is gone, as Spark's reader skips it. */
static const char log_lines[] =
    "-- Each line of the logs. (Where in its file a line stands, Spark does not tell.)\n"
    "CREATE OR REPLACE TEMPORARY VIEW sparkify_@_lines AS\n"
    "SELECT input_file_name() AS file, CAST(NULL AS BIGINT) AS line, value AS text\n"
    "FROM sparkify_@_text";

/* A song file that as a whole is a document gives its objects, whatever is wrong with each: so the
 * text is first asked for its syntax alone, nested as deep as it may be, and then walked.
 *
 * The walk is over tokens: runs of text, with the strings in it, and brackets. It counts how many
 * brackets are open, and notes where each object of the document begins and ends. `top` is the
 * number that is open around those: 1 in an array. Spark copies what a lambda returns, so the walk
 * goes in chunks: what was found in the chunks before is not copied with each token. The tokens are
 * of the bytes, each as a character, since the text may be no UTF-8. */
#define TOKENS                                                                                     \
    "regexp_extract_all(decode(CAST(text AS BINARY), 'ISO-8859-1'),\n"                             \
    "            r'(?:[^\"\\[\\]{}]++|\"" STRING_TEXT "\")++|\\[++|\\]++|[{}]', 0)"
#define NOTHING_FOUND "CAST(array() AS ARRAY<STRUCT<line: INT, begin: INT, length: INT>>)"
#define IS_BEGIN      "token = '{' AND s.at.open = s.at.top"

static const char song_lines[] =
    "-- Each record of the songs. A file that as a whole is one JSON object, or one array of\n"
    "-- objects, gives those; any other file gives its lines.\n"
    "CREATE OR REPLACE TEMPORARY VIEW sparkify_@_lines AS\n"
    "SELECT file, line, text\n"
    "FROM (\n"
    "  SELECT file, coalesce(objects,\n"
    "    transform(\n"
    "      IF(is_valid_utf8(text), split(text, '\\n'),\n"
    "         transform(split(decode(CAST(text AS BINARY), 'ISO-8859-1'), '\\n'),\n"
    "                   bytes -> CAST(encode(bytes, 'ISO-8859-1') AS STRING))),\n"
    "      (text, i) -> struct(i + 1 AS line, text AS text))) AS records\n"
    "  FROM (\n"
    "    SELECT file, text,\n"
    "      CASE WHEN octet_length(text) <= 67108864\n"
    "        AND (startswith(ltrim(' \\t\\r\\n', text), '[')\n"
    "          OR startswith(ltrim(' \\t\\r\\n', text), '{')\n"
    "            AND contains(trim(BOTH ' \\t\\r\\n' FROM text), '\\n'))\n"
    "        AND " WHOLE_TEXT PARSE_OPTIONS(
        "2147483647") ").whole\n"
                      "        AND NOT coalesce(" HAS_LONE_SURROGATE(
                          "text") ", false)\n"
                                  "      THEN transform(array(struct(CAST(text AS BINARY) AS "
                                  "bytes, " TOKENS " AS tokens)),\n"
                                  "        t -> transform(\n"
                                  "          reduce(transform(sequence(1, cardinality(t.tokens), "
                                  "512),\n"
                                  "                           first -> slice(t.tokens, first, "
                                  "512)),\n"
                                  "            struct(\n"
                                  "              struct(IF(startswith(ltrim(' \\t\\r\\n', text), "
                                  "'['), 1, 0) AS top, 0 AS open,\n"
                                  "                     0 AS bytes, 1 AS line, 0 AS begin, 0 AS "
                                  "begin_line, true AS ok) AS at,\n"
                                  "              " NOTHING_FOUND " AS found),\n"
                                  "            (before, chunk) -> reduce(chunk,\n"
                                  "              struct(before.at AS at, " NOTHING_FOUND
                                  " AS found),\n"
                                  "              (s, token) -> struct(\n"
                                  "                struct(\n"
                                  "                  s.at.top AS top,\n"
                                  "                  s.at.open + CASE left(token, 1) WHEN '[' THEN "
                                  "length(token) WHEN '{' THEN 1\n"
                                  "                    WHEN ']' THEN -length(token) WHEN '}' THEN "
                                  "-1 ELSE 0 END AS open,\n"
                                  "                  s.at.bytes + length(token) AS bytes,\n"
                                  "                  s.at.line + length(token) - "
                                  "length(replace(token, '\\n')) AS line,\n"
                                  "                  IF(" IS_BEGIN
                                  ", s.at.bytes, s.at.begin) AS begin,\n"
                                  "                  IF(" IS_BEGIN
                                  ", s.at.line, s.at.begin_line) AS begin_line,\n"
                                  "                  s.at.ok AND (s.at.open > s.at.top OR CASE "
                                  "left(token, 1)\n"
                                  "                    WHEN '{' THEN s.at.open = s.at.top\n"
                                  "                    WHEN '[' THEN s.at.open = 0 AND s.at.top = "
                                  "1 AND token = '['\n"
                                  "                    WHEN '}' THEN true WHEN ']' THEN true\n"
                                  "                    ELSE trim(BOTH ' \\t\\r\\n' FROM token) IN "
                                  "('', IF(s.at.open = 1, ',', ''))\n"
                                  "                    END) AS ok) AS at,\n"
                                  "                IF(token = '}' AND s.at.open = s.at.top + 1,\n"
                                  "                   concat(s.found, array(struct(s.at.begin_line "
                                  "AS line, s.at.begin AS begin,\n"
                                  "                                         s.at.bytes + 1 - "
                                  "s.at.begin AS length))),\n"
                                  "                   s.found) AS found),\n"
                                  "              s -> struct(s.at AS at, concat(before.found, "
                                  "s.found) AS found)),\n"
                                  "            s -> IF(s.at.ok AND s.at.open = 0, s.found, "
                                  "NULL)),\n"
                                  "          o -> struct(o.line AS line,\n"
                                  "            CAST(substring(t.bytes, o.begin + 1, o.length) AS "
                                  "STRING) AS text)))[0]\n"
                                  "      END AS objects\n"
                                  "    FROM (\n"
                                  "      SELECT input_file_name() AS file,\n"
                                  "        IF(startswith(value, '\\uFEFF'), substr(value, 2), "
                                  "value) AS text\n"
                                  "      FROM sparkify_@_text\n"
                                  "    )\n"
                                  "  )\n"
                                  ")\n"
                                  "LATERAL VIEW inline(records) AS line, text";
_Static_assert(MODEL_MAX_DOCUMENT_BYTES == 67108864, "the SQL says so");

void sql_append_lines(struct buffer *out, enum source_id id)
{
    sql_append(out, &model_sources[id], id == SOURCE_SONGS ? song_lines : log_lines);
}
