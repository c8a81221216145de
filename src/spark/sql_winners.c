/* The records that win by a rule, in SQL (docs/semantics.md, Tables).
 *
 * Which record wins is a least or greatest struct: Spark compares structs field by field, strings
 * by their bytes, and null is less than every value, as the rules have it. A rule whose steps are
 * all greatest is a greatest struct, every other a least one, in which a step that is greatest
 * stands the other way round. The fields that the winner is asked for and the order does not have
 * stand behind it.
 *
 * Shuffling whole facts is what would cost most: of a rule that begins with the greatest time, the
 * time of each key is found first, and only the facts at that time are compared as a whole. */
#include "sql_private.h"

static const struct model_field *field_of(const struct model *model,
                                          const struct model_winner *rule, int field)
{
    return model_field(model, rule->source, field);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static bool is_among(const int *fields, size_t count, int field)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i] == field)
            return true;
    return false;
}

static bool has_double_key(const struct model *model, const struct model_winner *rule)
{
    for (size_t i = 0; i < rule->key_count; i++)
        if (field_of(model, rule, rule->keys[i])->type == MODEL_DOUBLE)
            return true;
    return false;
}

void sql_append_keys(struct buffer *out, const struct model *model, const struct model_winner *rule)
{
    for (size_t i = 0; i < rule->key_count; i++) {
        const struct model_field *key = field_of(model, rule, rule->keys[i]);
        sql_append_field(out, i ? ", {}" : "{}", key);
        if (key->type == MODEL_DOUBLE)
            sql_append_field(out, ", {minus_zero}", key);
    }
}

/* Records in which a key is null take no part. */
static void append_where(struct buffer *out, const struct model *model,
                         const struct model_winner *rule)
{
    for (size_t i = 0; i < rule->key_count; i++) {
        const struct model_field *key = field_of(model, rule, rule->keys[i]);
        if (spark_sql_may_be_null(key))
            sql_append_field(out, out->len ? " AND {} IS NOT NULL" : "\n  WHERE {} IS NOT NULL",
                             key);
    }
}

/* ---- Records --------------------------------------------------------------------------------- */

/* Whether the time is found first. Grouping by a double would make one key of -0.0 and 0.0. */
static bool has_newest(const struct model *model, const struct model_winner *rule)
{
    return rule->source == model->facts.source && rule->order_count > 0 &&
           rule->order[0].is_greatest && rule->order[0].field == model->facts.time &&
           !has_double_key(model, rule);
}

/* The name of a table of the rule's, for its view. */
static const char *table_of(const struct model *model, const struct model_winner *rule)
{
    int table = 0;
    while (table < (int)model->table_count && model->tables[table].rule != rule)
        table++;
    return table < (int)model->table_count ? model->tables[table].name : NULL;
}

/* Whether winners of facts that are not read are stored. */
static bool has_stored(const struct spark_sql *sql, const struct model_winner *rule)
{
    return rule->source == sql->model->facts.source && sql_has_stored_facts(sql);
}

/* Appends the view of the records among which the winners are. */
static void append_view(struct buffer *out, const struct spark_sql *sql,
                        const struct model_winner *rule)
{
    if (has_stored(sql, rule))
        buffer_appendf(out, "sparkify_%s_records", table_of(sql->model, rule));
    else
        buffer_appendf(out, "sparkify_%s_kept", sql->model->sources[rule->source].name);
}

/* Of each key the record that has won before is enough: a winner is the first in an order over
 * whole records. */
static void add_stored(struct spark_sql *sql, const struct model_winner *rule,
                       struct sql_values *values)
{
    const struct model *model = sql->model;
    int state = model_state_of(model, rule);
    const struct model_table *table = &model->tables[state];
    struct buffer *fields = sql_value(values, "fields");
    for (size_t i = 0; i < table->column_count; i++)
        sql_append_field(fields, i ? ", {}" : "{}", field_of(model, rule, table->columns[i].part));
    struct buffer *stored = sql_value(values, "stored");
    for (size_t i = 0; i < table->column_count; i++) {
        buffer_append_str(stored, str_of(i ? ", " : ""));
        sql_append_stored(stored, model, state, rule->source, table->columns[i].part);
    }
    sql_set_stored(sql, values, state);
    sql_add_command(sql, SPARK_ALL_SOURCES, "winners_with_stored", "sparkify_{table}_records",
                    "the records that may win", values);
}

void sql_add_newest(struct spark_sql *sql, const struct model_winner *rule)
{
    const struct model *model = sql->model;
    const char *table = table_of(model, rule);
    CLEANUP(sql_values_release) struct sql_values values = {0};
    if (!table)
        return;
    sql_set(&values, "table", str_of(table));
    sql_set(&values, "source", str_of(model->sources[rule->source].name));
    if (has_stored(sql, rule))
        add_stored(sql, rule, &values);
    if (!has_newest(model, rule))
        return;
    append_view(sql_value(&values, "records"), sql, rule);
    sql_append_field(sql_value(&values, "time"), "{}", field_of(model, rule, model->facts.time));
    sql_append_keys(sql_value(&values, "keys"), model, rule);
    append_where(sql_value(&values, "where"), model, rule);
    sql_add_command(sql, SPARK_ALL_SOURCES, "newest", "sparkify_{table}_newest",
                    "the newest facts of each key", &values);
}

static void append_records(struct buffer *out, const struct spark_sql *sql,
                           const struct model_winner *rule)
{
    const struct model *model = sql->model;
    if (has_newest(model, rule)) {
        append_view(out, sql, rule);
        buffer_appendf(out, " LEFT SEMI JOIN sparkify_%s_newest USING (", table_of(model, rule));
        sql_append_keys(out, model, rule);
        sql_append_field(out, ", {})", field_of(model, rule, model->facts.time));
        return;
    }
    buffer_append_str(out, str_of(has_double_key(model, rule) ? "(SELECT *" : ""));
    for (size_t i = 0; i < rule->key_count; i++) {
        const struct model_field *key = field_of(model, rule, rule->keys[i]);
        if (key->type != MODEL_DOUBLE)
            continue;
        sql_append_field(out, ", " SQL_MINUS_ZERO " AS {minus_zero}", key);
    }
    buffer_append_str(out, str_of(has_double_key(model, rule) ? " FROM " : ""));
    append_view(out, sql, rule);
    buffer_append_str(out, str_of(has_double_key(model, rule) ? ")" : ""));
}

/* ---- The order ------------------------------------------------------------------------------- */

static bool is_greatest(const struct model_winner *rule)
{
    for (size_t i = 0; i < rule->order_count; i++)
        if (!rule->order[i].is_greatest)
            return false;
    return rule->order_count > 0;
}

/* A field as it is; beside a double, what tells -0.0 from 0.0, which is greater. */
static void append_forward(struct buffer *out, const struct model_field *field)
{
    sql_append_field(out, "{}", field);
    if (field->type == MODEL_DOUBLE)
        sql_append_field(out, ", NOT " SQL_MINUS_ZERO " AS {sign}", field);
}

/* What is the less the greater the value is. Of a text that is its bytes in hexadecimal digits that
 * count down, and what is greater than a digit at its end. */
static const char *backward(enum model_type type)
{
    switch (type) {
    case MODEL_STRING:
    case MODEL_JSON:
        return "concat(translate(hex({}), '0123456789ABCDEF', 'FEDCBA9876543210'), 'G')";
    case MODEL_DOUBLE:
    case MODEL_DECIMAL:
        return "-{}";
    case MODEL_BOOL:
        return "NOT {}";
    case MODEL_DATE:
        return "-unix_date({})";
    default:
        return "~{}";
    }
}

/* A field the other way round; null comes last. */
static void append_backward(struct buffer *out, const struct model_field *field)
{
    if (spark_sql_may_be_null(field))
        sql_append_field(out, "{} IS NULL AS {is_null}, ", field);
    sql_append_field(out, backward(field->type), field);
    sql_append_field(out, " AS {descending}", field);
    if (field->type == MODEL_DOUBLE)
        sql_append_field(out, ", " SQL_MINUS_ZERO " AS {sign}", field);
}

/* The step that has the field as it is, or the number of steps. */
static size_t find_step(const struct model_winner *rule, size_t from, int field)
{
    while (from < rule->order_count &&
           (rule->order[from].field != field || rule->order[from].is_greatest != is_greatest(rule)))
        from++;
    return from;
}

static void append_order(struct buffer *out, const struct model *model,
                         const struct model_winner *rule, const int *fields, size_t count)
{
    size_t from = has_newest(model, rule);
    for (size_t i = from; i < rule->order_count; i++) {
        const struct model_field *field = field_of(model, rule, rule->order[i].field);
        buffer_append_str(out, str_of(out->len ? ",\n      " : ""));
        if (rule->order[i].is_greatest == is_greatest(rule))
            append_forward(out, field);
        else
            append_backward(out, field);
    }
    for (size_t i = 0; i < count; i++)
        if (!model_is_key(rule, fields[i]) &&
            find_step(rule, from, fields[i]) == rule->order_count &&
            !is_among(fields, i, fields[i]))
            sql_append_field(out, out->len ? ",\n      {}" : "{}",
                             field_of(model, rule, fields[i]));
    if (out->len == 0)
        buffer_append_str(out, STR("true")); /* the keys are all there is */
}

void sql_append_winners(struct buffer *out, const struct spark_sql *sql,
                        const struct model_winner *rule, const int *fields, size_t count)
{
    const struct model *model = sql->model;
    CLEANUP(sql_values_release) struct sql_values values = {0};
    sql_append_keys(sql_value(&values, "keys"), model, rule);
    sql_set(&values, "best", is_greatest(rule) ? STR("max") : STR("min"));
    append_order(sql_value(&values, "order"), model, rule, fields, count);
    append_records(sql_value(&values, "records"), sql, rule);
    append_where(sql_value(&values, "where"), model, rule);
    sql_fill(out, "winners", &values);
}

void sql_append_winning(struct buffer *out, const struct model *model,
                        const struct model_winner *rule, int field)
{
    const struct model_field *found = field_of(model, rule, field);
    if (model_is_key(rule, field))
        sql_append_restored(out, found, "");
    else
        sql_append_field(out, "winner.{}", found);
}
