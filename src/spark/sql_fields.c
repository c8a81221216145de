/* What depends on each field of a source: the schema it is read by, what makes a record doubtful,
 * and the checks of doubtful records (docs/semantics.md, Rejected records). */
#include "sql_private.h"

#include <inttypes.h>
#include <model_record.h>
#include <stdio.h>

_Static_assert(MODEL_MAX_TS == INT64_C(253402300799999), "check_timestamp.sql says so");

const char *sql_type(enum model_type type)
{
    switch (type) {
    case MODEL_STRING:
        return "STRING";
    case MODEL_INT32:
        return "INT";
    case MODEL_DOUBLE:
        return "DOUBLE";
    default: /* of a timestamp milliseconds, as the input has them */
        return "BIGINT";
    }
}

static bool is_used(const struct model_field *field)
{
    return field->need != NEED_NOT_AT_ALL;
}

static bool is_required(const struct model_field *field)
{
    return field->need != NEED_OPTIONAL;
}

/* Sets the values of the templates of one field: the columns that it fills, its name between
 * quotes, … */
static void set_field(struct sql_values *values, const struct model_field *field)
{
    CLEANUP(buffer_release) struct buffer tagged = {0};
    struct str key = field->path[0].key;
    buffer_appendf(&tagged, "~%.*s", STR_ARG(key));
    sql_append_field(sql_value(values, "field"), "{}", field);
    sql_append_field(sql_value(values, "tagged"), "{tagged}", field);
    sql_append_escaped(sql_value(values, "name"), field->name);
    sql_append_name(sql_value(values, "key"), key);
    sql_append_name(sql_value(values, "tagged_key"), buffer_str(&tagged));
    struct buffer *value = sql_value(values, "value");
    buffer_append_str(value, STR("record."));
    sql_append_name(value, key);
    sql_set(values, "type", str_of(sql_type(field->type)));
    sql_set(values, "expected", str_of(model_field_expected(field)));
    sql_set(values, "bits", field->type == MODEL_INT32 ? STR("32") : STR("64"));
}

/* Appends `text`, filled for each field that is used, with commas between. */
static void append_each(struct buffer *out, const struct model_source *source,
                        const char *separator, const char *text)
{
    bool is_first = true;
    for (size_t i = 0; i < source->field_count; i++) {
        CLEANUP(sql_values_release) struct sql_values values = {0};
        if (!is_used(&source->fields[i]))
            continue;
        set_field(&values, &source->fields[i]);
        buffer_append_str(out, str_of(is_first ? "" : separator));
        sql_fill_text(out, text, &values);
        is_first = false;
    }
}

/* Of each field that is used, within a literal. */
static void append_schema(struct buffer *out, const struct model_source *source, const char *text)
{
    CLEANUP(buffer_release) struct buffer schema = {0};
    append_each(&schema, source, ", ", text);
    sql_append_escaped(out, buffer_str(&schema));
}

/* The names of all fields that the source may have. */
static void append_names(struct buffer *out, const struct model_source *source)
{
    for (size_t i = 0; i < source->field_count; i++) {
        buffer_append_str(out, str_of(i ? ", " : ""));
        sql_append_text(out, source->fields[i].path[0].key);
    }
}

/* ---- Doubts: the first look ------------------------------------------------------------------ */

/* What from_json does not tell of a value. An object, an array or a number with a fraction arrives
 * in a string field as text that Spark wrote; texts that look like it are looked at again. Most
 * begin with a letter: three comparisons. */
static const char *doubt_of(enum model_type type)
{
    switch (type) {
    case MODEL_STRING:
        return "{doubt_string}";
    case MODEL_DOUBLE:
        return "abs({value}) = double('Infinity') OR {value} = 0";
    case MODEL_TIMESTAMP:
        return "{value} NOT BETWEEN 0 AND 253402300799999";
    default:
        return NULL;
    }
}

static void append_test(struct buffer *out, const char *test, const struct sql_values *values)
{
    buffer_append_str(out, str_of(out->len ? " OR " : ""));
    sql_fill_text(out, test, values);
}

static void append_doubt(struct buffer *out, const struct model_field *field,
                         const struct sql_values *values)
{
    const char *doubt = doubt_of(field->type);
    if (is_required(field))
        append_test(out, "{value} IS NULL", values);
    if (is_required(field) && field->type == MODEL_STRING)
        append_test(out, "{value} = ''", values);
    if (doubt)
        append_test(out, doubt, values);
}

/* Appends WHEN <test> THEN true; a field that is checked in kept records alone is no reason for a
 * doubt in others. */
static void append_when(struct buffer *out, const struct model_source *source, bool is_only_kept,
                        struct str test)
{
    if (test.len == 0)
        return;
    buffer_append_str(out, STR("\n      WHEN "));
    bool is_within = is_only_kept && source->kept_field >= 0;
    if (is_within) {
        buffer_append_str(out, STR("record."));
        sql_append_name(out, source->fields[source->kept_field].path[0].key);
        buffer_append_str(out, STR(" = "));
        sql_append_text(out, source->kept_value);
        buffer_append_str(out, STR(" AND ("));
    }
    buffer_append_str(out, test);
    buffer_append_str(out, str_of(is_within ? ") THEN true" : " THEN true"));
}

/* Sets the values for a field whose text is part of the name of a folder. */
static void set_folder(struct sql_values *values, const struct model_source *source,
                       const struct model_folder *folder)
{
    set_field(values, &source->fields[folder->field]);
    buffer_appendf(sql_value(values, "limit"), "%zu",
                   MODEL_MAX_FOLDER_BYTES - strlen(folder->column) - 1);
    sql_set(values, "null_folder", STR(MODEL_NULL_PARTITION));
}

/* One WHEN for each field: a CASE of many branches is compiled as several methods, each small
 * enough for the JVM to make it fast; one long OR is not. */
static void append_doubts(struct buffer *out, const struct model_checker *checker)
{
    const struct model_source *source = checker->source;
    CLEANUP(sql_values_release) struct sql_values values = {0};
    CLEANUP(buffer_release) struct buffer test = {0};
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (!is_used(field))
            continue;
        set_field(&values, field);
        buffer_reset(&test);
        append_doubt(&test, field, &values);
        append_when(out, source, field->need != NEED_ALWAYS, buffer_str(&test));
    }
    for (size_t i = 0; i < checker->folder_count; i++) {
        set_folder(&values, source, &checker->folders[i]);
        buffer_reset(&test);
        sql_fill(&test, "doubt_folder", &values);
        append_when(out, source, true, buffer_str(&test));
    }
}

/* ---- Checks: the second look ----------------------------------------------------------------- */

static const char *check_of(enum model_type type)
{
    switch (type) {
    case MODEL_STRING:
        return "check_string";
    case MODEL_DOUBLE:
        return "check_double";
    case MODEL_TIMESTAMP:
        return "check_timestamp";
    default:
        return "check_integer";
    }
}

static void append_check(struct buffer *out, const struct model_field *field)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    set_field(&values, field);
    if (is_required(field))
        sql_fill_text(out,
                      "\n    WHEN {tagged} IS NULL THEN 'missing_field {name}: required, but "
                      "null or not there'",
                      &values);
    buffer_append_str(out, STR("\n    "));
    sql_fill(out, check_of(field->type), &values);
    if (is_required(field) && field->type == MODEL_STRING)
        sql_fill_text(out,
                      "\n    WHEN {tagged} = '~' THEN 'missing_field {name}: required, but "
                      "empty'",
                      &values);
}

static void append_checks_of(struct buffer *out, const struct model_source *source, bool always)
{
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (is_used(field) && (field->need == NEED_ALWAYS) == always)
            append_check(out, field);
    }
}

/* In the order of model_check, so that a record with several faults gets the same code: first what
 * every record needs, then what those that are kept need. */
static void append_checks(struct buffer *out, const struct model_checker *checker)
{
    const struct model_source *source = checker->source;
    CLEANUP(sql_values_release) struct sql_values values = {0};
    append_checks_of(out, source, true);
    if (source->kept_field >= 0) {
        sql_append_field(out, "\n    WHEN {tagged} <> '~", &source->fields[source->kept_field]);
        sql_append_escaped(out, source->kept_value);
        buffer_append_str(out, STR("' THEN NULL"));
    }
    append_checks_of(out, source, false);
    for (size_t i = 0; i < checker->folder_count; i++) {
        set_folder(&values, source, &checker->folders[i]);
        buffer_append_str(out, STR("\n    "));
        sql_fill(out, "check_folder", &values);
    }
}

/* The values of the fields, of their types, from their tagged texts. */
static void append_values(struct buffer *out, const struct model_source *source)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (!is_used(field))
            continue;
        set_field(&values, field);
        buffer_append_str(out, str_of(out->len ? ",\n  " : ""));
        sql_fill_text(out,
                      field->type == MODEL_STRING
                          ? "IF(left({tagged}, 1) IN ('~', '#'), substr({tagged}, 2), "
                            "{tagged}) AS {field}"
                          : "try_cast(substr({tagged}, 2) AS {type}) AS {field}",
                      &values);
    }
}

/* As the tables are made of them. */
static void append_kept(struct buffer *out, const struct model_source *source)
{
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (!is_used(field))
            continue;
        buffer_append_str(out, str_of(out->len ? ", " : ""));
        sql_append_field(out, field->zero_for_null ? "coalesce({}, 0) AS {}" : "{}", field);
    }
}

void sql_set_fields(struct sql_values *values, const struct model *model,
                    const struct model_source *source)
{
    struct model_checker checker;
    model_checker_init(&checker, model, source);
    append_names(sql_value(values, "names"), source);
    append_each(sql_value(values, "record_fields"), source, ", ", "{value} AS {field}");
    append_schema(sql_value(values, "schema"), source, "{key}: {type}");
    append_schema(sql_value(values, "tagged_schema"), source, "{tagged_key} STRING");
    append_each(sql_value(values, "tagged_fields"), source, ", ", "{tagged}");
    append_doubts(sql_value(values, "doubts"), &checker);
    append_checks(sql_value(values, "checks"), &checker);
    append_values(sql_value(values, "values"), source);
    append_kept(sql_value(values, "kept_fields"), source);
}
