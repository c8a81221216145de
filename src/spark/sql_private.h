/* What the files that make the SQL share. */
#ifndef SPARKIFY_SPARK_SQL_PRIVATE_H
#define SPARKIFY_SPARK_SQL_PRIVATE_H

#include "sql.h"

/* Adds a statement whose text was built in `text`, which is emptied. */
void statement_add(struct spark_statements *statements, const char *name, const char *purpose,
                   struct buffer *text);
/* The text of a buffer as a string of its own; empties the buffer. */
char *statement_text(struct buffer *text);

/* sql_records.c: from text to records that are fields, and to rejects. */
void sql_add_records(struct spark_statements *prepare, enum source_id id);
struct spark_statement sql_rejects(void);
struct spark_statement sql_unknown(void);

/* sql_tables.c: from records to tables. */
void sql_add_plays(struct spark_statements *prepare);
void sql_tables(struct spark_statement *tables, const struct spark_sql_options *options);
struct spark_statement sql_counts(void);

/* ---- Pieces of SQL --------------------------------------------------------------------------- */

/* Appends `text` with each '@' replaced by the source's name. */
void sql_append(struct buffer *out, const struct model_source *source, const char *text);
/* Appends the view of a source's texts, one a record. */
void sql_append_lines(struct buffer *out, enum source_id id);

/* The options of from_json; each is stricter than its default, or lifts a limit that is ours. */
#define PARSE_OPTIONS(depth)                                                                       \
    "map('allowSingleQuotes', 'false', 'allowNonNumericNumbers', 'false',\n"                       \
    "          'columnNameOfCorruptRecord', 'broken', 'maxNestingDepth', '" depth "',\n"           \
    "          'maxNumLen', '2147483647', 'maxStringLen', '2147483647')"
#define WHOLE(text) "concat('{\"record\":', " text ", ',\"whole\":true}')"
/* Parses the text in our object; the options of from_json and ").whole" follow. */
#define WHOLE_TEXT "from_json(" WHOLE("text") ", 'whole BOOLEAN',\n          "
/* Of a text that is whole: no fields of its own stand between the record and the end. */
#define NOTHING_AFTER                                                                              \
    "coalesce(json_object_keys(" WHOLE("text") ") = array('record', 'whole'), true)"

/* A string's text between its quotes, and what may stand before a number. */
#define STRING_TEXT "(?:[^\"\\\\]++|\\\\.)*+"
#define TAGGED(text)                                                                               \
    "regexp_replace(regexp_replace(" text ",\n"                                                    \
    "          r'\"(" STRING_TEXT ")\"', '\"~$1\"'),\n"                                            \
    "          r'\\G((?:[^\"0-9-]++|\"" STRING_TEXT "\")*+)(-?[0-9][-+.0-9eE]*+)', '$1\"#$2\"')"

#define ANY_SURROGATE "r'\\\\u[dD][89a-fA-F]'"
#define LONE_SURROGATE                                                                             \
    "r'^(?:[^\\\\]++|\\\\[^u]|\\\\u(?![dD][89a-fA-F])"                                             \
    "|\\\\u[dD][89abAB]..\\\\u[dD][c-fC-F]..)*+\\\\u'"
#define HAS_LONE_SURROGATE(text)                                                                   \
    "(contains(" text ", r'\\ud') OR contains(" text ", r'\\uD'))\n"                               \
    "           AND " text " RLIKE " ANY_SURROGATE "\n"                                            \
    "           AND " text " RLIKE " LONE_SURROGATE

#endif
