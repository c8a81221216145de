/* What depends on each field of a source in the first look: the schema it is read by, what makes a
 * record doubtful, and the fields as the tables are made of them. */
#include "sql_private.h"

/* ---- Types ----------------------------------------------------------------------------------- */

static void append_type(struct buffer *out, enum model_type type, int precision, int scale)
{
    static const char *const types[] = {
        [MODEL_STRING] = "STRING", [MODEL_INT32] = "INT",           [MODEL_INT64] = "BIGINT",
        [MODEL_DOUBLE] = "DOUBLE", [MODEL_TIMESTAMP] = "TIMESTAMP", [MODEL_BOOL] = "BOOLEAN",
        [MODEL_DATE] = "DATE",     [MODEL_JSON] = "STRING",
    };
    if (type == MODEL_DECIMAL)
        buffer_appendf(out, "DECIMAL(%d,%d)", precision, scale);
    else
        buffer_append_str(out, str_of(types[type]));
}

void spark_sql_append_type(struct buffer *out, const struct model_column *column)
{
    append_type(out, column->type, column->precision, column->scale);
}

void sql_append_type(struct buffer *out, const struct model_field *field)
{
    append_type(out, field->type == MODEL_TIMESTAMP ? MODEL_INT64 : field->type, field->precision,
                field->scale);
}

/* What is read as a string, and parsed here. */
static bool is_parsed(const struct model_field *field)
{
    return field->type == MODEL_DATE || field->type == MODEL_DECIMAL ||
           (field->type == MODEL_TIMESTAMP && field->time_form == TIME_ISO_8601);
}

bool sql_is_used(const struct model_field *field)
{
    return field->need != NEED_NOT_AT_ALL;
}

uint64_t sql_used_fields(const struct model_source *source)
{
    uint64_t fields = 0;
    for (size_t i = 0; i < source->field_count; i++)
        fields |= (uint64_t)sql_is_used(&source->fields[i]) << i;
    return fields;
}

bool sql_is_required(const struct model_field *field)
{
    return field->need != NEED_OPTIONAL;
}

bool sql_has_type(const struct model_source *source, enum model_type type)
{
    for (size_t i = 0; i < source->field_count; i++)
        if (sql_is_used(&source->fields[i]) && source->fields[i].type == type)
            return true;
    return false;
}

bool sql_rejects_unknown(const struct model_source *source)
{
    return source->unknown == CONTRACT_DISCARD_ROW || source->unknown == CONTRACT_FREEZE;
}

const char *sql_greatest(const struct model_field *field)
{
    static const char *const greatest[] = {[TIME_MILLISECONDS] = "253402300799999",
                                           [TIME_SECONDS] = "253402300799",
                                           [TIME_MICROSECONDS] = "253402300799999999",
                                           [TIME_ISO_8601] = "253402300799999999"};
    return greatest[field->time_form];
}

/* ---- Paths ----------------------------------------------------------------------------------- */

bool sql_same_path(const struct model_field *a, const struct model_field *b, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        if (!str_equal(a->path[i].key, b->path[i].key) || a->path[i].index != b->path[i].index)
            return false;
    return true;
}

/* Appends the value of the field in the record that from_json has made. */
static void append_value(struct buffer *out, const struct model_field *field)
{
    for (size_t i = field->depth; i-- > 0;)
        buffer_append_str(out, str_of(field->path[i].key.data ? "" : "get("));
    buffer_append_str(out, STR("record"));
    for (size_t i = 0; i < field->depth; i++) {
        if (!field->path[i].key.data) {
            buffer_appendf(out, ", %d)", field->path[i].index);
            continue;
        }
        buffer_append_char(out, '.');
        sql_append_name(out, field->path[i].key);
    }
}

/* Whether no schema has both: one wants an object where the other wants an array, or they want
 * other things of two elements. */
static bool are_apart(const struct model_field *a, const struct model_field *b)
{
    size_t least = a->depth < b->depth ? a->depth : b->depth, same = 0;
    while (same < least && sql_same_path(a, b, same + 1))
        same++;
    if (same == least || (a->path[same].key.data && b->path[same].key.data))
        return false;
    return a->path[same].key.data || b->path[same].key.data || a->type != b->type ||
           a->depth != same + 1 || b->depth != same + 1;
}

static bool are_any_apart(const struct model_source *source)
{
    for (size_t i = 0; i < source->field_count; i++)
        for (size_t j = 0; j < i; j++)
            if (sql_is_used(&source->fields[i]) && sql_is_used(&source->fields[j]) &&
                are_apart(&source->fields[i], &source->fields[j]))
                return true;
    return false;
}

bool sql_is_exact(const struct model_source *source)
{
    return source->layout == LAYOUT_RECORDS || sql_has_type(source, MODEL_JSON) ||
           are_any_apart(source);
}

/* ---- The schema ------------------------------------------------------------------------------ */

static void append_schema(struct buffer *out, const struct model_source *source, size_t number,
                          size_t depth);

/* The type of what lies at the first `depth` steps of the field's path. */
static void append_type_at(struct buffer *out, const struct model_source *source, size_t number,
                           size_t depth)
{
    const struct model_field *field = &source->fields[number];
    if (depth == field->depth && is_parsed(field)) {
        buffer_append_str(out, STR("STRING"));
    } else if (depth == field->depth) {
        sql_append_type(out, field);
    } else {
        bool is_object = field->path[depth].key.data != NULL;
        buffer_append_str(out, str_of(is_object ? "STRUCT<" : "ARRAY<"));
        if (is_object)
            append_schema(out, source, number, depth);
        else
            append_type_at(out, source, number, depth + 1);
        buffer_append_char(out, '>');
    }
}

/* The keys that fields have behind the first `depth` steps of this field's path. */
static void append_schema(struct buffer *out, const struct model_source *source, size_t number,
                          size_t depth)
{
    const char *separator = "";
    for (size_t i = number; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (!sql_is_first(source, i, depth + 1, depth, SQL_TAGGED) ||
            !sql_same_path(field, &source->fields[number], depth))
            continue;
        buffer_append_str(out, str_of(separator));
        sql_append_name(out, field->path[depth].key);
        buffer_append_str(out, STR(": "));
        append_type_at(out, source, i, depth + 1);
        separator = ", ";
    }
}

/* The names of all fields that the record itself may have. */
static void append_names(struct buffer *out, const struct model_source *source)
{
    for (size_t i = 0; i < source->field_count; i++) {
        bool is_there = false;
        for (size_t j = 0; j < i; j++)
            is_there |= sql_same_path(&source->fields[i], &source->fields[j], 1);
        if (is_there)
            continue;
        buffer_append_str(out, str_of(i ? ", " : ""));
        sql_append_text(out, source->fields[i].path[0].key);
    }
}

/* ---- Doubts ---------------------------------------------------------------------------------- */

/* What from_json does not tell of a value. An object, an array or a number with a fraction arrives
 * in a string field as text that Spark wrote; texts that look like it are looked at again. Most
 * begin with a letter: three comparisons. */
static const char *doubt_of(const struct model_field *field)
{
    if (is_parsed(field))
        return "{string} IS NOT NULL AND {value} IS NULL";
    switch (field->type) {
    case MODEL_STRING:
        return "{doubt_string}";
    case MODEL_DOUBLE:
        return "abs({value}) = double('Infinity') OR {value} = 0";
    case MODEL_TIMESTAMP:
        return "{value} NOT BETWEEN 0 AND {greatest}";
    default:
        return NULL;
    }
}

/* The pattern of a decimal without an exponent and of no more digits than its type has. */
static void append_plain_decimal(struct buffer *out, const struct model_field *field)
{
    int whole_digits = field->precision - field->scale;
    buffer_append_str(out, STR("r'\\A-?(?:0"));
    if (whole_digits > 0)
        buffer_appendf(out, "|[1-9][0-9]{0,%d}", whole_digits - 1);
    buffer_append_char(out, ')');
    if (field->scale > 0)
        buffer_appendf(out, "(?:\\.[0-9]{1,%d})?", field->scale);
    buffer_append_str(out, STR("\\z'"));
}

static const char *value_of(const struct model_field *field)
{
    return !is_parsed(field)              ? "{string}"
           : field->type == MODEL_DATE    ? "{value_date}"
           : field->type == MODEL_DECIMAL ? "{value_plain_decimal}"
                                          : "{value_time}";
}

/* Sets the values of the templates of one field. */
static void set_field(struct sql_values *values, const struct model_field *field)
{
    sql_append_field(sql_value(values, "field"), "{}", field);
    append_value(sql_value(values, "string"), field);
    sql_set(values, "greatest", str_of(sql_greatest(field)));
    CLEANUP(buffer_release) struct buffer value = {0};
    sql_append_type(sql_value(values, "type"), field);
    append_plain_decimal(sql_value(values, "plain_decimal"), field);
    sql_fill_text(&value, value_of(field), values);
    sql_set(values, "value", buffer_str(&value));
}

static void append_test(struct buffer *out, const char *test, const struct sql_values *values)
{
    buffer_append_str(out, str_of(out->len ? " OR " : ""));
    sql_fill_text(out, test, values);
}

static void append_doubt(struct buffer *out, const struct model_field *field,
                         const struct sql_values *values)
{
    const char *doubt = doubt_of(field);
    if (sql_is_required(field))
        append_test(out, "{string} IS NULL", values);
    if (sql_is_required(field) && field->type == MODEL_STRING)
        append_test(out, "{string} = ''", values);
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
        append_value(out, &source->fields[source->kept_field]);
        buffer_append_str(out, STR(" = "));
        sql_append_text(out, source->kept_value);
        buffer_append_str(out, STR(" AND ("));
    }
    buffer_append_str(out, test);
    buffer_append_str(out, str_of(is_within ? ") THEN true" : " THEN true"));
}

/* One WHEN for each field: a CASE of many branches is compiled as several methods, each small
 * enough for the JVM to make it fast; one long OR is not. */
static void append_doubts(struct buffer *out, const struct model_checker *checker)
{
    const struct model_source *source = checker->source;
    CLEANUP(sql_values_release) struct sql_values values = {0};
    CLEANUP(buffer_release) struct buffer test = {0};
    if (sql_rejects_unknown(source)) {
        buffer_append_str(out, STR("\n      WHEN cardinality(array_except(names, array("));
        append_names(out, source);
        buffer_append_str(out, STR("))) > 0 THEN true"));
    }
    if (sql_has_type(source, MODEL_DECIMAL))
        sql_fill_text(out, "\n      WHEN {has_long_number} THEN true", &values);
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (!sql_is_used(field))
            continue;
        set_field(&values, field);
        buffer_reset(&test);
        append_doubt(&test, field, &values);
        append_when(out, source, field->need != NEED_ALWAYS, buffer_str(&test));
    }
    for (size_t i = 0; i < checker->folder_count; i++) {
        set_field(&values, &source->fields[checker->folders[i].field]);
        sql_set_folder(&values, &checker->folders[i]);
        buffer_reset(&test);
        sql_fill(&test, "doubt_folder", &values);
        append_when(out, source, true, buffer_str(&test));
    }
}

/* ---- Fields ---------------------------------------------------------------------------------- */

static void append_record_fields(struct buffer *out, const struct model_source *source)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    for (size_t i = 0; i < source->field_count; i++) {
        if (!sql_is_used(&source->fields[i]))
            continue;
        set_field(&values, &source->fields[i]);
        buffer_append_str(out, str_of(out->len ? ", " : ""));
        sql_fill_text(out, "{value} AS {field}", &values);
    }
}

/* As the tables are made of them. */
static void append_kept(struct buffer *out, const struct model_source *source, bool with_zeros)
{
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (!sql_is_used(field))
            continue;
        buffer_append_str(out, str_of(out->len ? ", " : ""));
        sql_append_field(out, with_zeros && field->zero_for_null ? "coalesce({}, 0) AS {}" : "{}",
                         field);
    }
}

void sql_set_fields(struct sql_values *values, const struct model *model,
                    const struct model_source *source)
{
    struct model_checker checker;
    CLEANUP(buffer_release) struct buffer schema = {0};
    model_checker_init(&checker, model, source);
    append_names(sql_value(values, "names"), source);
    append_kept(sql_value(values, "fields"), source, false);
    append_kept(sql_value(values, "kept_fields"), source, true);
    sql_set_places(values, source);
    sql_set_checks(values, &checker);
    if (sql_is_exact(source))
        return;
    append_schema(&schema, source, 0, 0);
    sql_append_escaped(sql_value(values, "schema"), buffer_str(&schema));
    append_record_fields(sql_value(values, "record_fields"), source);
    append_doubts(sql_value(values, "doubts"), &checker);
}
