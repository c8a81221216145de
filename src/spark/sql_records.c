/* From text to records, in SQL: fields of the declared types, or a reject with its code.
 *
 * Spark's JSON reader is laxer than the rules (docs/semantics.md, Rejected records) and cannot say
 * what is wrong with a record. But reading is what costs, so each text is parsed once, and looked
 * at again only where something about it is not plain:
 *
 *   lines    the texts, one a record
 *   parsed   every field by one from_json, and `doubtful`: this record may not be what it seems.
 *            Cached: all tables are made of it.
 *   checked  the doubtful ones again, thoroughly: what each value was in the text, and the fault
 *   kept     the records of both that count
 *
 * The first look embeds the text in an object, {"record":<text>,"whole":true}: a brace too many or
 * two records on a line break that object, or hide its "whole". A field of the wrong type fills
 * `broken`. What from_json never tells is asked of the text or the values: UTF-8, lone surrogates,
 * infinite doubles, zeros (-0 becomes 0), string fields whose value was an object or a number that
 * Spark wrote anew (1.50 as 1.5), and whether a brace is followed by what may be a field after the
 * record; then the keys of our object tell.
 *
 * The second look has Spark tell the kinds apart by tags: in a copy of the text a string "x"
 * becomes
 * "~x" and a number 1.50 becomes "#1.50", so that every value arrives as it was written. */
#include "sql_private.h"

#include <inttypes.h>
#include <stdio.h>

/* How deep brackets go, strings taken out: on what did not parse. */
#define DEPTH                                                                                      \
    "reduce(split(regexp_replace(regexp_replace(text, r'\"" STRING_TEXT "\"', ''),\n"              \
    "                                r'[^\\[\\]{}]', ''), ''),\n"                                  \
    "             struct(0 AS level, 0 AS deepest),\n"                                             \
    "             (at, bracket) -> struct(\n"                                                      \
    "               at.level + CASE WHEN bracket IN ('[', '{') THEN 1\n"                           \
    "                               WHEN bracket IN (']', '}') THEN -1 ELSE 0 END AS level,\n"     \
    "               greatest(at.deepest, at.level + IF(bracket IN ('[', '{'), 1, 0)) AS "          \
    "deepest),\n"                                                                                  \
    "             at -> at.deepest)"

static const char *sql_type(enum model_type type)
{
    switch (type) {
    case MODEL_STRING:
        return "STRING";
    case MODEL_INT32:
        return "INT";
    case MODEL_DOUBLE:
        return "DOUBLE";
    case MODEL_INT64:
    case MODEL_TIMESTAMP: /* milliseconds, as the input has them */
        break;
    }
    return "BIGINT";
}

static bool is_used(const struct model_field *field)
{
    return field->need != NEED_NOT_AT_ALL;
}

/* Appends a name for each field that is used: `format` takes the name, with commas between. */
static void append_fields(struct buffer *out, const struct model_source *source,
                          const char *separator, const char *before, const char *after)
{
    bool first = true;
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (!is_used(field))
            continue;
        buffer_appendf(out, "%s%s%.*s%s", first ? "" : separator, before, STR_ARG(field->name),
                       after);
        first = false;
    }
}

static void append_schema(struct buffer *out, const struct model_source *source)
{
    bool first = true;
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (is_used(field))
            buffer_appendf(out, "%s%.*s: %s", first ? "" : ", ", STR_ARG(field->name),
                           sql_type(field->type));
        first = first && !is_used(field);
    }
}

/* ---- parsed: the first look ------------------------------------------------------------------ */

/* An object, an array or a number with a fraction arrives in a string field as text that Spark
 * wrote; texts that look like it are looked at again. Most begin with a letter: three comparisons.
 */
static void doubt_string(struct buffer *out, const char *name)
{
    buffer_appendf(out,
                   "startswith(%s, '{') OR startswith(%s, '[')\n"
                   "        OR %s < ':' AND (%s IN ('\"Infinity\"', '\"-Infinity\"')\n"
                   "          OR %s >= '-' AND (contains(%s, '.') OR %s = '0'))",
                   name, name, name, name, name, name, name);
}

static void append_doubt(struct buffer *out, const struct model_field *field)
{
    char name[64];
    snprintf(name, sizeof name, "record.%.*s", STR_ARG(field->name));
    if (field->need != NEED_OPTIONAL)
        buffer_appendf(out, "%s IS NULL%s", name, field->type == MODEL_INT64 ? "" : " OR ");
    switch (field->type) {
    case MODEL_STRING:
        if (field->need != NEED_OPTIONAL)
            buffer_appendf(out, "%s = '' OR ", name);
        doubt_string(out, name);
        break;
    case MODEL_DOUBLE:
        buffer_appendf(out, "abs(%s) = double('Infinity') OR %s = 0", name, name);
        break;
    case MODEL_TIMESTAMP:
        buffer_appendf(out, "%s NOT BETWEEN 0 AND %" PRId64, name, MODEL_MAX_TS);
        break;
    case MODEL_INT32:
    case MODEL_INT64:
        break;
    }
}

static bool can_be_doubted(const struct model_field *field)
{
    bool integer = field->type == MODEL_INT32 || field->type == MODEL_INT64;
    return is_used(field) && (field->need != NEED_OPTIONAL || !integer);
}

/* One WHEN for each field: a CASE of many branches is compiled as several methods, each small
 * enough for the JVM to make it fast; one long OR is not. */
static void append_doubts(struct buffer *out, const struct model_source *source)
{
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (!can_be_doubted(field))
            continue;
        bool only_kept = source->kept_field >= 0 && field->need != NEED_ALWAYS;
        buffer_appendf(out, "      WHEN ");
        if (only_kept)
            buffer_appendf(out, "record.%.*s = '%.*s' AND (",
                           STR_ARG(source->fields[source->kept_field].name),
                           STR_ARG(source->kept_value));
        append_doubt(out, field);
        buffer_appendf(out, "%s THEN true\n", only_kept ? ")" : "");
    }
    if (source == &model_sources[SOURCE_SONGS]) /* the name of its folder: append_field_checks */
        buffer_appendf(out,
                       "      WHEN octet_length(record.artist_id) * 3 > %d\n"
                       "        OR record.artist_id = '" MODEL_NULL_PARTITION "' THEN true\n",
                       MODEL_MAX_FOLDER_BYTES - (int)sizeof "artist_id=");
}

/* The names of all fields that the source may have. */
static void append_names(struct buffer *out, const struct model_source *source)
{
    for (size_t i = 0; i < source->field_count; i++)
        buffer_appendf(out, "%s'%.*s'", i ? ", " : "", STR_ARG(source->fields[i].name));
}

/* The usual names in the usual order are told by one comparison. */
static void append_unknown(struct buffer *out, const struct model_source *source)
{
    buffer_appendf(out, "    CASE WHEN names <> array(");
    append_names(out, source);
    buffer_appendf(out, ")\n      THEN nullif(array_except(names, array(");
    append_names(out, source);
    buffer_appendf(out, ")), array()) END AS unknown,\n");
}

static void append_parsed(struct buffer *out, const struct model_source *source)
{
    sql_append(
        out, source,
        "-- Every record of the @, parsed once. A doubtful one keeps its text, to be checked.\n"
        "CACHE LAZY TABLE sparkify_@_parsed AS\n"
        "SELECT ");
    append_fields(out, source, ", ", "record.", "");
    sql_append(
        out, source,
        ",\n  unknown, doubtful, IF(doubtful, file, NULL) AS file, IF(doubtful, line, NULL) AS "
        "line,\n"
        "  IF(doubtful, text, NULL) AS text\n"
        "FROM (\n"
        "  SELECT file, line, text, record,\n");
    append_unknown(out, source);
    sql_append(out, source,
               "    CASE\n"
               "      WHEN broken IS NOT NULL OR whole IS NULL OR record IS NULL THEN true\n"
               "      WHEN NOT is_valid_utf8(text) OR octet_length(text) > 16777216 THEN true\n"
               "      WHEN octet_length(text) - octet_length(substring_index(text, '}', 1)) > 5\n"
               "        THEN true -- what follows the first brace may be ,\"\":0\n"
               "      WHEN " HAS_LONE_SURROGATE("text") " THEN true\n");
    append_doubts(out, source);
    sql_append(out, source,
               "      ELSE false\n"
               "    END AS doubtful\n"
               "  FROM (SELECT *, json_object_keys(text) AS names FROM sparkify_@_lines)\n"
               "  LATERAL VIEW inline(array(from_json(\n"
               "    " WHOLE("text") ",\n"
                                    "    'record STRUCT<");
    append_schema(out, source);
    sql_append(out, source,
               ">, whole BOOLEAN, broken STRING',\n"
               "    " PARSE_OPTIONS("65") "))) AS record, whole, broken\n"
                                          ")");
}

/* ---- checked: the second look ---------------------------------------------------------------- */

/* Appends WHEN <wrong> THEN '<code> <reason>', with what was found. */
static void wrong_type(struct buffer *out, const struct model_field *field, const char *test)
{
    buffer_appendf(out,
                   "    WHEN `~%.*s` %s\n"
                   "      THEN concat('wrong_type %.*s: expected %s, found ', decode("
                   "left(`~%.*s`, 1),\n"
                   "        '~', 'a string', '#', 'a number that is not one', '{', 'an object',\n"
                   "        '[', 'an array', 'a boolean'))\n",
                   STR_ARG(field->name), test, STR_ARG(field->name),
                   model_type_expected(field->type), STR_ARG(field->name));
}

static void out_of_range(struct buffer *out, const struct model_field *field, const char *range)
{
    buffer_appendf(out,
                   " THEN concat('out_of_range %.*s: ', substr(`~%.*s`, 2, 40), ' is not in %s')\n",
                   STR_ARG(field->name), STR_ARG(field->name), range);
}

static void check_integer(struct buffer *out, const struct model_field *field)
{
    wrong_type(out, field, "NOT RLIKE '^#-?[0-9]+$'");
    if (field->type == MODEL_TIMESTAMP) {
        buffer_appendf(out,
                       "    WHEN coalesce(try_cast(substr(`~%.*s`, 2) AS BIGINT), -1)\n"
                       "      NOT BETWEEN 0 AND %" PRId64,
                       STR_ARG(field->name), MODEL_MAX_TS);
        out_of_range(out, field, "the years 1970 to 9999");
        return;
    }
    buffer_appendf(out,
                   "    WHEN try_cast(substr(`~%.*s`, 2) AS %s) IS NULL AND `~%.*s` <> ''\n     ",
                   STR_ARG(field->name), sql_type(field->type), STR_ARG(field->name));
    out_of_range(out, field,
                 field->type == MODEL_INT32 ? "the range of a 32-bit integer"
                                            : "the range of a 64-bit integer");
}

static void check_double(struct buffer *out, const struct model_field *field)
{
    wrong_type(out, field, "NOT LIKE '#%'");
    buffer_appendf(
        out, "    WHEN abs(try_cast(substr(`~%.*s`, 2) AS DOUBLE)) = double('Infinity')\n     ",
        STR_ARG(field->name));
    out_of_range(out, field, "the range of a double");
}

static void check_field(struct buffer *out, const struct model_field *field)
{
    if (field->need != NEED_OPTIONAL)
        buffer_appendf(out,
                       "    WHEN `~%.*s` IS NULL THEN 'missing_field %.*s: required, but null or "
                       "not there'\n",
                       STR_ARG(field->name), STR_ARG(field->name));
    if (field->type == MODEL_DOUBLE) {
        check_double(out, field);
    } else if (field->type != MODEL_STRING) {
        check_integer(out, field);
    } else {
        wrong_type(out, field, "RLIKE r'^[\\[{]'");
        if (field->need != NEED_OPTIONAL)
            buffer_appendf(
                out, "    WHEN `~%.*s` = '~' THEN 'missing_field %.*s: required, but empty'\n",
                STR_ARG(field->name), STR_ARG(field->name));
    }
}

/* The value of a field, of its type, from its tagged text. */
static void append_value(struct buffer *out, const struct model_field *field)
{
    if (field->type == MODEL_STRING)
        buffer_appendf(
            out, "  IF(left(`~%.*s`, 1) IN ('~', '#'), substr(`~%.*s`, 2), `~%.*s`) AS %.*s,\n",
            STR_ARG(field->name), STR_ARG(field->name), STR_ARG(field->name), STR_ARG(field->name));
    else
        buffer_appendf(out, "  try_cast(substr(`~%.*s`, 2) AS %s) AS %.*s,\n", STR_ARG(field->name),
                       sql_type(field->type), STR_ARG(field->name));
}

static void check_fields(struct buffer *out, const struct model_source *source, bool always)
{
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (is_used(field) && (field->need == NEED_ALWAYS) == always)
            check_field(out, field);
    }
}

/* In the order of the native engine's checks, so that a record with several faults gets the same
 * code: first what every record needs, then what those that are kept need. */
static void append_field_checks(struct buffer *out, const struct model_source *source)
{
    check_fields(out, source, true);
    if (source->kept_field >= 0) {
        struct str kept = source->fields[source->kept_field].name;
        buffer_appendf(out, "    WHEN `~%.*s` <> '~%.*s' THEN NULL\n", STR_ARG(kept),
                       STR_ARG(source->kept_value));
    }
    check_fields(out, source, false);
    if (source == &model_sources[SOURCE_SONGS])
        buffer_appendf(
            out,
            "    WHEN octet_length(regexp_replace(substr(`~artist_id`, 2),\n"
            "           r'[\\x01-\\x1F\\x7F\\x22#%%\\x27*/:=?\\[\\\\\\]^{]', '%%XX')) > %d\n"
            "      THEN 'out_of_range artist_id: too long for the name of a folder'\n"
            "    WHEN `~artist_id` = '~" MODEL_NULL_PARTITION "'\n"
            "      THEN 'out_of_range artist_id: " MODEL_NULL_PARTITION " stands for null in the"
            " name of a folder'\n",
            MODEL_MAX_FOLDER_BYTES - (int)(sizeof "artist_id=" - 1));
}

#define TEXT_OPTIONS  PARSE_OPTIONS("65")
#define BAD_SURROGATE HAS_LONE_SURROGATE("text")

/* A byte-order mark, or a zero byte beside each of the first characters. */
#define IS_UTF16                                                                                   \
    "hex(left(CAST(text AS BINARY), 4)) RLIKE\n"                                                   \
    "          '^(?:FFFE|FEFF|(?:(?!00)[0-7][0-9A-F]00){2}|(?:00(?!00)[0-7][0-9A-F]){2})'"

static const char flaws[] =
    "      CASE\n"
    "        WHEN octet_length(text) - IF(endswith(text, '\\r'), 1, 0) > 16777216\n"
    "          THEN 'too_long the record is longer than 16 MiB; its begin is shown'\n"
    "        WHEN " IS_UTF16 "\n"
    "          THEN 'not_utf8 the text is UTF-16; convert it to UTF-8: iconv -f UTF-16 -t UTF-8'\n"
    "        WHEN startswith(hex(left(CAST(text AS BINARY), 4)), '1F8B08')\n"
    "          OR hex(left(CAST(text AS BINARY), 4)) = '28B52FFD'\n"
    "          THEN raise_error(concat(file, ' is packed data, and its name says text: gzip needs "
    "a',\n"
    "            ' name that ends in .gz, zstd one that ends in .zst'))\n"
    "        WHEN NOT startswith(ltrim(' \\t\\r\\n', text), '{')\n"
    "          THEN 'not_object expected an object'\n"
    "        WHEN NOT is_valid_utf8(text) THEN 'not_utf8 the record is not valid UTF-8'\n"
    "        WHEN " WHOLE_TEXT TEXT_OPTIONS ").whole IS NULL\n"
    "          THEN IF(" DEPTH " > 64,\n"
    "            'too_deep the record is nested deeper than 64',\n"
    "            'not_json the record is not well-formed JSON')\n"
    "        WHEN NOT " NOTHING_AFTER "\n"
    "          THEN 'not_json there is text after the record'\n"
    "        WHEN " BAD_SURROGATE "\n"
    "          THEN 'not_json a lone surrogate in a string'\n"
    "      END AS flaw\n";

static void append_checked(struct buffer *out, const struct model_source *source)
{
    sql_append(
        out, source,
        "-- The doubtful records of the @ once more: what each value was in the text (~ is the\n"
        "-- tag of a string, # of a number), and the fault, which begins with its code.\n"
        "CACHE LAZY TABLE sparkify_@_checked AS\n"
        "SELECT file, line, text,\n");
    for (size_t i = 0; i < source->field_count; i++)
        if (is_used(&source->fields[i]))
            append_value(out, &source->fields[i]);
    sql_append(out, source, "  CASE\n    WHEN flaw IS NOT NULL THEN flaw\n");
    append_field_checks(out, source);
    sql_append(out, source,
               "  END AS fault,\n"
               "  IF(flaw IS NULL, unknown, NULL) AS unknown\n"
               "FROM (\n"
               "  SELECT file, line, text, unknown, flaw, tagged.*\n"
               "  FROM (\n"
               "    SELECT file, line, text, unknown,\n");
    sql_append(out, source, flaws);
    sql_append(out, source,
               "    FROM sparkify_@_parsed\n"
               "    WHERE doubtful AND (trim(BOTH ' \\t\\r\\n' FROM text) <> ''\n"
               "                        OR octet_length(text) > 16777217) -- else a blank line\n"
               "  )\n"
               "  LATERAL VIEW inline(array(from_json(\n"
               "    IF(flaw IS NULL, " TAGGED("text") ", NULL),\n"
                                                      "    '");
    append_fields(out, source, ", ", "`~", "` STRING");
    sql_append(out, source, "', " PARSE_OPTIONS("65") "))) tagged AS ");
    append_fields(out, source, ", ", "`~", "`");
    sql_append(out, source, "\n)");
}

/* ---- kept -------------------------------------------------------------------------------------
 */

static void append_kept(struct buffer *out, const struct model_source *source)
{
    CLEANUP(buffer_release) struct buffer test = {0};
    if (source->kept_field >= 0)
        buffer_appendf(&test, " AND %.*s = '%.*s'",
                       STR_ARG(source->fields[source->kept_field].name),
                       STR_ARG(source->kept_value));
    sql_append(out, source,
               "-- The records of the @ that count.\n"
               "CREATE OR REPLACE TEMPORARY VIEW sparkify_@_kept AS\nSELECT ");
    append_fields(out, source, ", ", "", "");
    sql_append(out, source, "\nFROM sparkify_@_parsed WHERE NOT doubtful");
    buffer_append_str(out, buffer_str(&test));
    sql_append(out, source, "\nUNION ALL\nSELECT ");
    append_fields(out, source, ", ", "", "");
    sql_append(out, source, "\nFROM sparkify_@_checked WHERE fault IS NULL");
    buffer_append_str(out, buffer_str(&test));
}

static const struct {
    const char *lines, *parsed, *checked, *kept;
} names[SOURCE_COUNT] = {
    [SOURCE_SONGS] = {"sparkify_songs_lines", "sparkify_songs_parsed", "sparkify_songs_checked",
                      "sparkify_songs_kept"},
    [SOURCE_LOGS] = {"sparkify_logs_lines", "sparkify_logs_parsed", "sparkify_logs_checked",
                     "sparkify_logs_kept"},
};

void sql_add_records(struct spark_statements *prepare, enum source_id id)
{
    const struct model_source *source = &model_sources[id];
    CLEANUP(buffer_release) struct buffer text = {0};
    sql_append_lines(&text, id);
    statement_add(prepare, names[id].lines, "the records' texts", &text);
    append_parsed(&text, source);
    statement_add(prepare, names[id].parsed, "the records, parsed", &text);
    append_checked(&text, source);
    statement_add(prepare, names[id].checked, "the doubtful records, checked", &text);
    append_kept(&text, source);
    statement_add(prepare, names[id].kept, "the records that count", &text);
}

/* ---- What is reported of them ------------------------------------------------------------------
 */

struct spark_statement sql_rejects(void)
{
    static const char select[] =
        "SELECT '@' AS source, file, line, CAST(NULL AS BIGINT) AS byte_offset,\n"
        "  substring_index(fault, ' ', 1) AS code,\n"
        "  substr(fault, instr(fault, ' ') + 1) AS reason,\n"
        "  IF(is_valid_utf8(record), record, NULL) AS record,\n"
        "  IF(is_valid_utf8(record), NULL, replace(base64(CAST(record AS BINARY)), '\\r\\n')) AS "
        "record_base64\n"
        "FROM (\n"
        "  SELECT file, line, fault,\n"
        "    IF(startswith(fault, 'too_long'), left(text, 4096),\n"
        "       IF(substring_index(fault, ' ', 1) IN ('missing_field', 'wrong_type', "
        "'out_of_range'),\n"
        "         trim(BOTH ' \\t\\r\\n' FROM text),\n"
        "         trim(LEADING ' \\t\\r\\n' FROM CAST(\n"
        "           left(CAST(text AS BINARY),\n"
        "                octet_length(text) - IF(endswith(text, '\\r'), 1, 0))\n"
        "           AS STRING)))) AS record\n"
        "  FROM sparkify_@_checked WHERE fault IS NOT NULL\n"
        ")";
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_appendf(&text, "-- The rejected records.\n");
    for (int source = 0; source < SOURCE_COUNT; source++) {
        buffer_appendf(&text, "%s", source ? "\nUNION ALL\n" : "");
        sql_append(&text, &model_sources[source], select);
    }
    return (struct spark_statement){"sparkify_rejects", "the rejected records",
                                    statement_text(&text)};
}

struct spark_statement sql_unknown(void)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_appendf(&text, "-- The fields that no table knows, and in how many records they are.\n");
    for (int id = 0; id < SOURCE_COUNT; id++) {
        const struct model_source *source = &model_sources[id];
        sql_append(&text, source, id ? "\nUNION ALL\n" : "");
        sql_append(&text, source,
                   "SELECT '@' AS source, name, count(*) AS records\n"
                   "FROM (\n"
                   "  SELECT unknown FROM sparkify_@_parsed WHERE NOT doubtful\n"
                   "  UNION ALL\n"
                   "  SELECT unknown FROM sparkify_@_checked\n"
                   ")\n"
                   "LATERAL VIEW explode(unknown) AS name GROUP BY name");
    }
    return (struct spark_statement){"sparkify_unknown", "the unknown fields",
                                    statement_text(&text)};
}
