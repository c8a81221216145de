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

/* The text is an object, or an array of them, from its begin to its end. */
#define OBJECT_OPTIONS PARSE_OPTIONS("65")
#define ARRAY_OPTIONS  PARSE_OPTIONS("66")
#define NO_SURROGATE   "AND NOT coalesce(" HAS_LONE_SURROGATE("text") ", false)"
#define TAGGED_TEXT    TAGGED("text")

/* Arrays are taken apart in their tagged form, since Spark writes the elements anew and numbers
 * would change; then the tags are taken away. Text that is not UTF-8 is split as bytes. */
static const char song_lines[] =
    "-- Each record of the songs. A file that as a whole is one JSON object, or one array of\n"
    "-- objects, gives those; any other file gives its lines.\n"
    "CREATE OR REPLACE TEMPORARY VIEW sparkify_@_lines AS\n"
    "SELECT file,\n"
    "  CASE layout WHEN 'lines' THEN position + 1 WHEN 'object' THEN blank_lines + 1 END AS line,\n"
    "  IF(layout = 'array',\n"
    "     regexp_replace(regexp_replace(record,\n"
    "       r'\\G((?:[^\"]++|\"~" STRING_TEXT "\")*+)\"#([^\"]*+)\"', '$1$2'),\n"
    "       r'\"~(" STRING_TEXT ")\"', '\"$1\"'),\n"
    "     record) AS text\n"
    "FROM (\n"
    "  SELECT file, layout, blank_lines,\n"
    "    CASE\n"
    "      WHEN layout = 'object' THEN array(text)\n"
    "      WHEN layout = 'array' THEN elements\n"
    "      WHEN is_valid_utf8(text) THEN split(text, '\\n')\n"
    "      ELSE transform(split(decode(CAST(text AS BINARY), 'ISO-8859-1'), '\\n'),\n"
    "                     bytes -> CAST(encode(bytes, 'ISO-8859-1') AS STRING))\n"
    "    END AS records\n"
    "  FROM (\n"
    "    SELECT file, text, elements,\n"
    "      length(regexp_replace(regexp_extract(text, r'^[ \\t\\r\\n]*', 0), r'[^\\n]', ''))\n"
    "        AS blank_lines,\n"
    "      CASE\n"
    "        WHEN startswith(begin, '{') AND NOT contains(text, '\\n') THEN 'object'\n"
    "        WHEN startswith(begin, '{') AND is_valid_utf8(text)\n"
    "         AND octet_length(text) <= 16777216\n"
    "         AND " WHOLE_TEXT OBJECT_OPTIONS ").whole\n"
    "         AND " NOTHING_AFTER "\n"
    "         " NO_SURROGATE " THEN 'object'\n"
    "        WHEN cardinality(elements) >= 0\n"
    "         AND forall(elements, x -> startswith(x, '{')) THEN 'array'\n"
    "        ELSE 'lines'\n"
    "      END AS layout\n"
    "    FROM (\n"
    "      SELECT file, text, ltrim(' \\t\\r\\n', text) AS begin,\n"
    "        CASE\n"
    "          WHEN startswith(ltrim(' \\t\\r\\n', text), '[') AND is_valid_utf8(text)\n"
    "           AND " WHOLE_TEXT ARRAY_OPTIONS ").whole\n"
    "           AND " NOTHING_AFTER "\n"
    "           " NO_SURROGATE "\n"
    "          THEN from_json(" TAGGED_TEXT ", 'ARRAY<STRING>')\n"
    "        END AS elements\n"
    "      FROM (\n"
    "        SELECT input_file_name() AS file,\n"
    "          IF(startswith(value, '\\uFEFF'), substr(value, 2), value) AS text\n"
    "        FROM sparkify_@_text\n"
    "      )\n"
    "    )\n"
    "  )\n"
    ")\n"
    "LATERAL VIEW posexplode(records) AS position, record";

void sql_append_lines(struct buffer *out, enum source_id id)
{
    sql_append(out, &model_sources[id], id == SOURCE_SONGS ? song_lines : log_lines);
}
