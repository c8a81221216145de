/* What the files that make the SQL share. */
#pragma once

#include "sql.h"
#include "sql_template.h"

#include <model_record.h>

static inline const struct model_source *sql_facts_source(const struct model *model)
{
    return &model->sources[model->facts.source];
}

/* Appends a command of the template `name`, which makes a view. */
void sql_add_command(struct spark_sql *sql, int source, const char *name, const char *purpose,
                     const struct sql_values *values);
/* A SELECT. The text of the buffers becomes the statement's; they are emptied. */
struct spark_statement sql_select(const char *name, const char *purpose, struct buffer *text,
                                  struct buffer *order);

/* sql_names.c: names and texts of a model in SQL. */
/* Appends a name in backticks: of a table's column, of a key in the JSON. */
void sql_append_name(struct buffer *out, struct str name);
/* Appends a text as a literal in single quotes, or what stands between them. */
void sql_append_text(struct buffer *out, struct str text);
void sql_append_escaped(struct buffer *out, struct str text);
/* Appends the format, in which {} is the name of the column that the field fills, and {word} that
 * of a column beside it: "IF({minus_zero}, -{}, {})". */
void sql_append_field(struct buffer *out, const char *format, const struct model_field *field);

/* To Spark -0.0 equals 0.0: whether a double is -0.0. */
#define SQL_MINUS_ZERO "coalesce({} = 0 AND CAST({} AS STRING) = '-0.0', false)"

/* Appends the type of the column that a field fills. A timestamp is an integer in the unit of its
 * field; ISO ones are microseconds. */
void sql_append_type(struct buffer *out, const struct model_field *field);

/* sql_records.c: from text to records that are fields, and to rejects. */
void sql_add_records(struct spark_sql *sql, int id);
struct spark_statement sql_rejects(const struct spark_sql *sql);
struct spark_statement sql_counts(const struct spark_sql *sql);

/* sql_fields.c: what depends on each field of a source. Sets the values names, fields and
 * kept_fields of the templates, those of the second look, and, unless the source is exact,
 * record_fields, schema and doubts of the first one. */
void sql_set_fields(struct sql_values *values, const struct model *model,
                    const struct model_source *source);
/* Whether the first look cannot tell the values of the source's fields, or which texts are records:
 * then all get the second. JSON has more digits and blanks than Spark keeps. */
bool sql_is_exact(const struct model_source *source);
/* Whether the field is more than known; and whether it is never null in records that are kept. */
bool sql_is_used(const struct model_field *field);
uint64_t sql_used_fields(const struct model_source *source); /* a bit for each */
bool sql_is_required(const struct model_field *field);
/* Whether a used field of the source has the type. */
bool sql_has_type(const struct model_source *source, enum model_type type);
/* Whether records with fields that the model has not are rejected, or end the run. */
bool sql_rejects_unknown(const struct model_source *source);
/* The greatest value of a timestamp in its unit. */
const char *sql_greatest(const struct model_field *field);
/* Whether two paths have the same first steps. */
bool sql_same_path(const struct model_field *a, const struct model_field *b, size_t steps);

/* sql_places.c: where fields lie, in the second look. Sets the values tagged, raw_copied and views.
 */
void sql_set_places(struct sql_values *values, const struct model_source *source);
/* The copies of a record in which they are looked for. */
enum sql_copy { SQL_TAGGED, SQL_RAW };
/* Whether the field is in the copy, of more than `depth` steps, and no such field before it has the
 * same first `steps`. */
bool sql_is_first(const struct model_source *source, size_t number, size_t steps, size_t depth,
                  enum sql_copy copy);
/* Appends the column of what lies at the first steps of the field's path. */
void sql_append_place(struct buffer *out, enum sql_copy copy, const struct model_field *field,
                      size_t depth);

/* sql_checks.c: the second look. Sets the values values, checks, discarded and checked_fields. */
void sql_set_checks(struct sql_values *values, const struct model_checker *checker);
/* Sets the values of the templates of a field that is part of the name of a folder. */
void sql_set_folder(struct sql_values *values, const struct model_folder *folder);

/* sql_winners.c: the records that win by a rule. */
/* Adds of each rule of the source the view sparkify_winners_<number>: the rule's keys and a struct
 * `winner` that has all fields of which tables are made, but the keys. */
void sql_add_winners(struct spark_sql *sql, int source);
/* Appends its SELECT, with these fields; `fields` has a bit for each. */
void sql_append_winners(struct buffer *out, const struct spark_sql *sql,
                        const struct model_winner *rule, uint64_t fields);
/* The keys: a bit for each. */
uint64_t sql_keys_of(const struct model_winner *rule);
/* Appends the keys, and beside each double whether it is -0.0. */
void sql_append_keys(struct buffer *out, const struct model *model,
                     const struct model_winner *rule);
/* Appends the field's value in a row of those: a key as it was before it was grouped by. */
void sql_append_winning(struct buffer *out, const struct model *model,
                        const struct model_winner *rule, int field);

/* sql_facts.c: the facts with their ids, each once; and all that is made of them. */
void sql_add_facts(struct spark_sql *sql);

/* sql_lookups.c: what facts are looked up in. */
void sql_add_lookups(struct spark_sql *sql);
/* The fields of the record that a look-up finds, as columns of the facts' table have them: a bit
 * for each. */
uint64_t sql_found_fields(const struct model *model, int lookup);
/* Appends what joins the facts with the records that look-ups find. */
void sql_append_joins(struct buffer *out, const struct spark_sql *sql);
/* Appends the value of a column's field in the record that its look-up has found. */
void sql_append_found(struct buffer *out, const struct model *model,
                      const struct model_column *column);
void sql_append_is_found(struct buffer *out, const struct model *model);

/* sql_columns.c: values of fields as columns of tables have them, and back. */
/* Appends the format for each of the fields, and the second one behind it if that is a double;
 * `fields` has a bit for each. */
void sql_append_fields(struct buffer *out, const struct model_source *source, uint64_t fields,
                       const char *format, const char *of_doubles);
/* Appends the field's value; of a double with the sign that the column minus_zero beside it tells.
 * `prefix` is "" or "view.". */
void sql_append_restored(struct buffer *out, const struct model_field *field, const char *prefix);
/* Appends the field's value as the column has it. */
void sql_append_as_column(struct buffer *out, const struct model_column *column,
                          const struct model_field *field, struct str value);
/* Appends the column AS the field. */
void sql_append_as_field(struct buffer *out, const struct model_column *column,
                         const struct model_field *field);
void sql_append_calendar(struct buffer *out, enum calendar_part part, const char *timestamp);
/* Appends a part of the facts' time; `prefix` is "" or "view.". */
void sql_append_time_part(struct buffer *out, const struct model *model, enum calendar_part part,
                          const char *prefix);

/* sql_tables.c: from records to tables. */
void sql_add_tables(struct spark_sql *sql);

/* sql_stored.c: what earlier runs have left in the lake. */
/* Whether facts of the lake matter, beside those that are read. */
bool sql_has_stored_facts(const struct spark_sql *sql);
/* Sets the value `view` to that of the table's files, which the caller of the SQL makes. */
void sql_set_stored(struct spark_sql *sql, struct sql_values *values, int table);
/* The fields of the columns of a table of winners or records: a bit for each. */
uint64_t sql_fields_of(const struct model_table *table);
/* Appends the fields of a row of the table: columns AS the fields; null where none has it. */
void sql_append_stored(struct buffer *out, const struct model *model, int table, int source,
                       uint64_t fields);
/* Appends the rows of a table of records, as fields: all that win by any rule of the source, each
 * once. */
void sql_append_records(struct buffer *out, const struct model *model,
                        const struct model_table *table);
