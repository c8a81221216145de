/* What depends on each field of a source in the second look: the value of its type in its text, and
 * the faults (docs/semantics.md, Types of fields, Rejected records). */
#include "sql_private.h"

_Static_assert(MODEL_MAX_TS == INT64_C(253402300799999), "sql_greatest says so");

/* ---- Values ---------------------------------------------------------------------------------- */

/* What the types have in SQL: the value of a text, null where it is none; whether such a text is of
 * the type at all, if only in another range. */
static const struct form {
    const char *value, *is_type, *found_number, *found_string;
} forms[] = {
    [MODEL_STRING] = {"value_string", NULL, "a number", "a string"},
    [MODEL_INT32] = {"value_integer", "{text} RLIKE '^#-?[0-9]+$'", "a number that is not one",
                     "a string"},
    [MODEL_INT64] = {"value_integer", "{text} RLIKE '^#-?[0-9]+$'", "a number that is not one",
                     "a string"},
    [MODEL_DOUBLE] = {"value_double", "startswith({text}, '#')", "a number", "a string"},
    [MODEL_BOOL] = {"value_bool", NULL, "a number", "a string"},
    [MODEL_DATE] = {"value_date", NULL, "a number", "a string that is none"},
    [MODEL_DECIMAL] = {"value_decimal", "{text} RLIKE {decimal_pattern}", "a number",
                       "a string that is none"},
    [MODEL_JSON] = {"value_json", NULL, "a number", "a string"},
};
static const struct form integer_time = {"value_timestamp", "{text} RLIKE '^#-?[0-9]+$'",
                                         "a number that is not one", "a string"};
static const struct form text_time = {"value_time", "{text_times}[0] IS NOT NULL", "a number",
                                      "a string that is none"};

static const struct form *form_of(const struct model_field *field)
{
    if (field->type != MODEL_TIMESTAMP)
        return &forms[field->type];
    return field->time_form == TIME_ISO_8601 ? &text_time : &integer_time;
}

/* What its values must be in, as rejects say it. */
static void append_range(struct buffer *out, const struct model_field *field)
{
    switch (field->type) {
    case MODEL_TIMESTAMP:
        buffer_append_str(out, STR("a time in the years 1970 to 9999"));
        break;
    case MODEL_DECIMAL:
        buffer_appendf(out, "in the range of decimal(%d,%d)", field->precision, field->scale);
        break;
    case MODEL_DOUBLE:
        buffer_append_str(out, STR("in the range of a double"));
        break;
    default:
        buffer_appendf(out, "in the range of a %d-bit integer",
                       field->type == MODEL_INT32 ? 32 : 64);
    }
}

static void set_number(struct sql_values *values, const char *name, int number)
{
    buffer_appendf(sql_value(values, name), "%d", number);
}

/* Sets the values of the templates of one field. */
static void set_field(struct sql_values *values, const struct model_field *field)
{
    const struct form *form = form_of(field);
    sql_append_field(sql_value(values, "field"), "{}", field);
    sql_append_field(sql_value(values, "text"), "{text}", field);
    sql_append_field(sql_value(values, "raw"), "{raw}", field);
    sql_append_field(sql_value(values, "string"),
                     "IF(startswith({text}, '~'), substr({text}, 2), NULL)", field);
    sql_append_escaped(sql_value(values, "name"), field->name);
    sql_append_type(sql_value(values, "type"), field);
    sql_set(values, "greatest", str_of(sql_greatest(field)));
    sql_set(values, "expected", str_of(model_field_expected(field)));
    sql_set(values, "found_number", str_of(form->found_number));
    sql_set(values, "found_string", str_of(form->found_string));
    append_range(sql_value(values, "range"), field);
    set_number(values, "whole_digits", field->precision - field->scale);
    set_number(values, "scale", field->scale);
}

void sql_set_folder(struct sql_values *values, const struct model_folder *folder)
{
    buffer_appendf(sql_value(values, "limit"), "%zu",
                   MODEL_MAX_FOLDER_BYTES - strlen(folder->column) - 1);
    sql_set(values, "null_folder", STR(MODEL_NULL_PARTITION));
}

/* Whether a faulty value is null instead. */
static bool is_discarded(const struct model_source *source, const struct model_field *field)
{
    return source->faulty == CONTRACT_DISCARD_VALUE && !sql_is_required(field);
}

/* The values of the fields, of their types, from their texts. */
static void append_values(struct buffer *out, const struct model_checker *checker)
{
    const struct model_source *source = checker->source;
    CLEANUP(sql_values_release) struct sql_values values = {0};
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (!sql_is_used(field))
            continue;
        set_field(&values, field);
        buffer_append_str(out, STR(",\n      "));
        sql_fill(out, form_of(field)->value, &values);
        sql_fill_text(out, " AS {field}", &values);
    }
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static void append_misplaced(struct buffer *out, const struct model_field *field, size_t depth)
{
    bool is_object = field->path[depth].key.data != NULL;
    buffer_append_str(out, STR("NOT startswith("));
    sql_append_place(out, SQL_TAGGED, field, depth);
    buffer_append_str(out, is_object ? STR(", '{')") : STR(", '[')"));
}

/* Something on the path that holds no fields, or no elements. */
static void append_misplaced_checks(struct buffer *out, const struct model_field *field,
                                    struct sql_values *values)
{
    for (size_t depth = 1; depth < field->depth; depth++) {
        bool is_object = field->path[depth].key.data != NULL;
        buffer_append_str(out, STR("\n    WHEN "));
        append_misplaced(out, field, depth);
        sql_append_place(sql_value(values, "place"), SQL_TAGGED, field, depth);
        sql_set(values, "holder", is_object ? STR("an object") : STR("an array"));
        buffer_append_str(out, STR("\n      THEN "));
        sql_fill(out, "misplaced", values);
    }
}

/* Appends WHEN <fault> THEN <its code and words>, in the order of model_check. */
static void append_check(struct buffer *out, const struct model_field *field)
{
    const struct form *form = form_of(field);
    CLEANUP(sql_values_release) struct sql_values values = {0};
    set_field(&values, field);
    append_misplaced_checks(out, field, &values);
    if (sql_is_required(field))
        sql_fill_text(out,
                      "\n    WHEN {text} IS NULL THEN 'missing_field {name}: required, but "
                      "null or not there'",
                      &values);
    if (form->is_type) {
        sql_fill_text(out, "\n    WHEN {field} IS NULL AND ", &values);
        sql_fill_text(out, form->is_type, &values);
        sql_fill_text(out, "\n      THEN {out_of_range}", &values);
    }
    sql_fill_text(out, "\n    WHEN {field} IS NULL AND {text} IS NOT NULL\n      THEN {wrong_type}",
                  &values);
    if (sql_is_required(field) && field->type == MODEL_STRING)
        sql_fill_text(out,
                      "\n    WHEN {field} = '' THEN 'missing_field {name}: required, but empty'",
                      &values);
}

static void append_checks_of(struct buffer *out, const struct model_source *source, bool always)
{
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (sql_is_used(field) && (field->need == NEED_ALWAYS) == always &&
            !is_discarded(source, field))
            append_check(out, field);
    }
}

static void append_folder_checks(struct buffer *out, const struct model_checker *checker)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    for (size_t i = 0; i < checker->folder_count; i++) {
        const struct model_field *field = &checker->source->fields[checker->folders[i].field];
        if (is_discarded(checker->source, field))
            continue;
        set_field(&values, field);
        sql_set_folder(&values, &checker->folders[i]);
        buffer_append_str(out, STR("\n    "));
        sql_fill(out, "check_folder", &values);
    }
}

/* In the order of model_check, so that a record with several faults gets the same code: first what
 * every record needs, then what those that are kept need. */
static void append_checks(struct buffer *out, const struct model_checker *checker)
{
    const struct model_source *source = checker->source;
    append_checks_of(out, source, true);
    if (source->kept_field >= 0) {
        sql_append_field(out, "\n    WHEN {} <> ", &source->fields[source->kept_field]);
        sql_append_text(out, source->kept_value);
        buffer_append_str(out, STR(" THEN NULL"));
    }
    if (sql_rejects_unknown(source))
        buffer_append_str(out, STR("\n    WHEN unknown IS NOT NULL THEN concat('unknown_field ', "
                                   "unknown[0], ': the model has no such field')"));
    append_checks_of(out, source, false);
    append_folder_checks(out, checker);
}

/* ---- Values that are dropped ----------------------------------------------------------------- */

/* Appends whether the value cannot be the name of a folder. */
static void append_no_folder(struct buffer *out, const struct model_checker *checker, size_t number)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    for (size_t i = 0; i < checker->folder_count; i++) {
        if (checker->folders[i].field != (int)number)
            continue;
        set_field(&values, &checker->source->fields[number]);
        sql_set_folder(&values, &checker->folders[i]);
        buffer_append_str(out, str_of(out->len ? " OR " : ""));
        sql_fill_text(out, "{is_long_folder} OR {field} = '{null_folder}'", &values);
    }
}

/* Of a record: how many faulty values are null in their place. */
static void append_discarded(struct buffer *out, const struct model_checker *checker)
{
    const struct model_source *source = checker->source;
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        CLEANUP(buffer_release) struct buffer no_folder = {0};
        if (!sql_is_used(field) || !is_discarded(source, field))
            continue;
        buffer_append_str(out, str_of(out->len ? "\n    + IF(" : "IF("));
        for (size_t depth = 1; depth < field->depth; depth++) {
            append_misplaced(out, field, depth);
            buffer_append_str(out, STR(" OR "));
        }
        append_no_folder(&no_folder, checker, i);
        if (no_folder.len)
            buffer_appendf(out, "%.*s OR ", STR_ARG(buffer_str(&no_folder)));
        sql_append_field(out, "{} IS NULL AND {text} IS NOT NULL, 1, 0)", field);
    }
    if (out->len == 0)
        buffer_append_char(out, '0');
}

static void append_checked(struct buffer *out, const struct model_checker *checker)
{
    const struct model_source *source = checker->source;
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        CLEANUP(buffer_release) struct buffer no_folder = {0};
        if (!sql_is_used(field))
            continue;
        buffer_append_str(out, str_of(out->len ? ", " : ""));
        if (is_discarded(source, field))
            append_no_folder(&no_folder, checker, i);
        if (no_folder.len)
            buffer_appendf(out, "IF(%.*s, NULL, ", STR_ARG(buffer_str(&no_folder)));
        sql_append_field(out, no_folder.len ? "{}) AS {}" : "{}", field);
    }
}

void sql_set_checks(struct sql_values *values, const struct model_checker *checker)
{
    append_values(sql_value(values, "values"), checker);
    append_checks(sql_value(values, "checks"), checker);
    append_discarded(sql_value(values, "discarded"), checker);
    append_checked(sql_value(values, "checked_fields"), checker);
}
