/* Where the fields of a source lie in its records, in the second look: the text of each place.
 *
 * An object that lies in another one arrives as its text, in which the fields below it are found in
 * turn: so what stands in a place is known, whatever it is. `text.actor` is the text of a place;
 * `raw.payload` the same as the record has it, of what is kept as JSON: of a copy in which escapes
 * are control bytes, which Spark would otherwise write anew. */
#include "sql_private.h"

#include <model_parse.h>

static bool is_in_copy(const struct model_field *field, enum sql_copy copy)
{
    return sql_is_used(field) && (copy == SQL_TAGGED || field->type == MODEL_JSON);
}

/* Appends the column of what lies at the first steps of the field's path. */
void sql_append_place(struct buffer *out, enum sql_copy copy, const struct model_field *field,
                      size_t depth)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    buffer_append_str(&name, copy == SQL_RAW ? STR("raw.") : STR("text."));
    model_path_append(field->path, depth, &name);
    sql_append_name(out, buffer_str(&name));
}

bool sql_is_first(const struct model_source *source, size_t number, size_t steps, size_t depth,
                  enum sql_copy copy)
{
    const struct model_field *field = &source->fields[number];
    for (size_t i = 0; i < number; i++)
        if (is_in_copy(&source->fields[i], copy) && source->fields[i].depth > depth &&
            sql_same_path(&source->fields[i], field, steps))
            return false;
    return is_in_copy(field, copy) && field->depth > depth;
}

/* Appends a step from a place: a key in the schema, or an element; and the column that it fills. */
static void append_step(struct buffer *steps, struct buffer *columns, enum sql_copy copy,
                        const struct model_field *field, size_t depth)
{
    const struct model_step *step = &field->path[depth];
    const char *comma = columns->len ? ", " : "";
    if (step->key.data) {
        CLEANUP(buffer_release) struct buffer key = {0}, name = {0};
        buffer_appendf(&key, "~%.*s", STR_ARG(step->key));
        sql_append_name(&name, buffer_str(&key));
        buffer_append_str(steps, str_of(comma));
        sql_append_escaped(steps, buffer_str(&name));
        buffer_append_str(steps, STR(" STRING"));
    } else {
        buffer_appendf(steps, "%sget(elements, %d)", comma, step->index);
    }
    buffer_append_str(columns, str_of(comma));
    sql_append_place(columns, copy, field, depth + 1);
}

/* Appends the view of the keys, or of the elements, at the first `depth` steps of a field. */
static void append_view(struct buffer *out, const struct model_source *source, size_t number,
                        size_t depth, enum sql_copy copy, bool of_keys)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    struct buffer *steps = sql_value(&values, of_keys ? "schema" : "elements");
    struct buffer *columns = sql_value(&values, "columns");
    const struct model_field *first = &source->fields[number];
    for (size_t i = number; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (sql_is_first(source, i, depth + 1, depth, copy) && sql_same_path(field, first, depth) &&
            (field->path[depth].key.data != NULL) == of_keys)
            append_step(steps, columns, copy, field, depth);
    }
    if (columns->len == 0)
        return;
    if (depth == 0)
        sql_set(&values, "object", copy == SQL_RAW ? STR("raw") : STR("tagged"));
    else
        sql_append_place(sql_value(&values, "place"), copy, first, depth);
    if (depth > 0)
        sql_fill_text(sql_value(&values, of_keys ? "object" : "array"),
                      of_keys ? "IF(startswith({place}, '{'), {place}, NULL)"
                              : "IF(startswith({place}, '['), {place}, NULL)",
                      &values);
    if (copy == SQL_RAW)
        sql_fill_text(sql_value(&values, "parse_options"),
                      "map({options}, 'allowUnquotedControlChars', 'true')", &values);
    buffer_append_str(out, STR("\n    "));
    sql_fill(out, of_keys ? "keys" : "elements", &values);
}

/* Appends a copy of the record with tags. */
static void append_tagged(struct buffer *out, const char *text)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    sql_fill_text(sql_value(&values, "copied"), text, &values);
    sql_fill(out, "tags", &values);
}

/* Those above come first. */
static void append_views(struct buffer *out, const struct model_source *source, enum sql_copy copy)
{
    for (size_t depth = 0; depth < MODEL_MAX_DEPTH; depth++)
        for (size_t i = 0; i < source->field_count; i++) {
            if (!sql_is_first(source, i, depth, depth, copy))
                continue;
            append_view(out, source, i, depth, copy, true);
            append_view(out, source, i, depth, copy, false);
        }
}

void sql_set_places(struct sql_values *values, const struct model_source *source)
{
    struct buffer *views = sql_value(values, "views");
    struct buffer *raw = sql_value(values, "raw_copied");
    append_tagged(sql_value(values, "tagged"), "text");
    append_views(views, source, SQL_TAGGED);
    if (!sql_has_type(source, MODEL_JSON))
        return;
    append_views(views, source, SQL_RAW);
    buffer_append_str(raw, STR(",\n        IF(flaw IS NULL, "));
    append_tagged(raw, "{raw_copy}");
    buffer_append_str(raw, STR(", NULL) AS raw"));
}
