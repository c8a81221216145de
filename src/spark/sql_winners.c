/* The records that win by a rule, in SQL (docs/semantics.md, Tables).
 *
 * Which record wins is a least or greatest struct: Spark compares structs field by field, strings
 * by their bytes, and null is less than every value, as the rules have it. A rule whose steps are
 * all greatest is a greatest struct, every other a least one, in which a step that is greatest
 * stands the other way round. Null that may stand for a value which is not known comes last. The
 * fields that the winner is asked for and the order does not have stand behind it.
 *
 * Of each rule one view has the winners, with all fields that any table has of them: it is made
 * once and cached, and the tables, the state's and look-ups are made of it.
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

uint64_t sql_keys_of(const struct model_winner *rule)
{
    uint64_t keys = 0;
    for (size_t i = 0; i < rule->key_count; i++)
        keys |= UINT64_C(1) << rule->keys[i];
    return keys;
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
            sql_append_field(out, out->len ? " AND {} IS NOT NULL" : "\nWHERE {} IS NOT NULL", key);
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

/* The name of the table of a rule over the facts, for its views. */
static const char *table_of(const struct model *model, const struct model_winner *rule)
{
    const struct model_table *table = model->tables;
    while (table->rule != rule)
        table++;
    return table->name;
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
    for (int i = 0; i < (int)model->sources[rule->source].field_count; i++)
        if (sql_fields_of(table) >> i & 1)
            sql_append_field(fields, fields->len ? ", {}" : "{}", field_of(model, rule, i));
    sql_append_stored(sql_value(values, "stored"), model, state, rule->source,
                      sql_fields_of(table));
    sql_set_stored(sql, values, state);
    sql_add_command(sql, SPARK_ALL_SOURCES, "winners_with_stored", "the records that may win",
                    values);
}

/* Of a rule that begins with the greatest time: the view of each key's. */
static void add_newest(struct spark_sql *sql, const struct model_winner *rule,
                       struct sql_values *values)
{
    const struct model *model = sql->model;
    append_view(sql_value(values, "records"), sql, rule);
    sql_append_field(sql_value(values, "time"), "{}", field_of(model, rule, model->facts.time));
    sql_append_keys(sql_value(values, "keys"), model, rule);
    append_where(sql_value(values, "where"), model, rule);
    sql_add_command(sql, SPARK_ALL_SOURCES, "newest", "the newest facts of each key", values);
}

static void append_records(struct buffer *out, const struct spark_sql *sql,
                           const struct model_winner *rule)
{
    const struct model *model = sql->model;
    CLEANUP(buffer_release) struct buffer signs = {0};
    if (has_newest(model, rule)) {
        append_view(out, sql, rule);
        buffer_appendf(out, " LEFT SEMI JOIN sparkify_%s_newest USING (", table_of(model, rule));
        sql_append_keys(out, model, rule);
        sql_append_field(out, ", {})", field_of(model, rule, model->facts.time));
        return;
    }
    sql_append_fields(&signs, &model->sources[rule->source], sql_keys_of(rule), "",
                      ", " SQL_MINUS_ZERO " AS {minus_zero}");
    if (signs.len)
        buffer_appendf(out, "(SELECT *%.*s FROM ", STR_ARG(buffer_str(&signs)));
    append_view(out, sql, rule);
    buffer_append_str(out, str_of(signs.len ? ")" : ""));
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

/* Whether the struct has the field as it is. */
static bool is_in_order(const struct model_winner *rule, size_t from, int field)
{
    for (size_t i = from; i < rule->order_count; i++)
        if (rule->order[i].field == field && rule->order[i].is_greatest == is_greatest(rule))
            return true;
    return false;
}

static void append_order(struct buffer *out, const struct spark_sql *sql,
                         const struct model_winner *rule, uint64_t fields)
{
    const struct model *model = sql->model;
    const struct model_source *source = &model->sources[rule->source];
    uint64_t nulls_last =
        sql->options.keeps[rule->source] ? sql->options.nulls_last[rule - model->winners] : 0;
    size_t from = has_newest(model, rule);
    for (size_t i = from; i < rule->order_count; i++) {
        const struct model_field *field = field_of(model, rule, rule->order[i].field);
        buffer_append_str(out, str_of(out->len ? ",\n    " : ""));
        if (rule->order[i].is_greatest != is_greatest(rule)) {
            append_backward(out, field);
            continue;
        }
        if (!is_greatest(rule) && nulls_last >> rule->order[i].field & 1)
            sql_append_field(out, "{} IS NULL AS {is_null}, ", field);
        append_forward(out, field);
    }
    for (int i = 0; i < (int)source->field_count; i++)
        if ((fields >> i & 1) && !model_is_key(rule, i) && !is_in_order(rule, from, i))
            sql_append_field(out, out->len ? ",\n    {}" : "{}", &source->fields[i]);
    if (out->len == 0)
        buffer_append_str(out, STR("true")); /* the keys are all there is */
}

/* ---- Winners --------------------------------------------------------------------------------- */

void sql_append_winners(struct buffer *out, const struct spark_sql *sql,
                        const struct model_winner *rule, uint64_t fields)
{
    const struct model *model = sql->model;
    CLEANUP(sql_values_release) struct sql_values values = {0};
    sql_append_keys(sql_value(&values, "keys"), model, rule);
    sql_set(&values, "best", is_greatest(rule) ? STR("max") : STR("min"));
    append_order(sql_value(&values, "order"), sql, rule, fields);
    append_records(sql_value(&values, "records"), sql, rule);
    append_where(sql_value(&values, "where"), model, rule);
    sql_fill(out, "winners", &values);
}

/* The fields of the rule's winners that any table has, of records or facts too. */
static uint64_t fields_of(const struct model *model, const struct model_winner *rule)
{
    uint64_t fields = 0;
    for (int i = 0; i < (int)model->all_count; i++) {
        const struct model_table *table = &model->tables[i];
        if (table->rule == rule ||
            (table->rows == ROWS_RECORDS && table->rule->source == rule->source))
            fields |= sql_fields_of(table);
    }
    for (int i = 0; i < (int)model->facts.lookup_count; i++)
        if (model->facts.lookups[i].winner == rule)
            fields |= sql_found_fields(model, i);
    return fields;
}

static void add_winners(struct spark_sql *sql, const struct model_winner *rule)
{
    const struct model *model = sql->model;
    bool is_of_facts = rule->source == model->facts.source;
    CLEANUP(sql_values_release) struct sql_values values = {0};
    sql_set(&values, "source", str_of(model->sources[rule->source].name));
    sql_set(&values, "table", str_of(is_of_facts ? table_of(model, rule) : ""));
    buffer_appendf(sql_value(&values, "number"), "%td", rule - model->winners);
    if (has_stored(sql, rule))
        add_stored(sql, rule, &values);
    if (has_newest(model, rule))
        add_newest(sql, rule, &values);
    sql_append_winners(sql_value(&values, "winners"), sql, rule, fields_of(model, rule));
    sql_add_command(sql, is_of_facts ? SPARK_ALL_SOURCES : rule->source, "winners_once",
                    "the records that win", &values);
}

void sql_add_winners(struct spark_sql *sql, int source)
{
    for (size_t i = 0; i < sql->model->winner_count; i++)
        if (sql->model->winners[i].source == source)
            add_winners(sql, &sql->model->winners[i]);
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
