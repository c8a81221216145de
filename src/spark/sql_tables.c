/* The tables as SELECTs: the value of each column, where its rows come from, and their order. */
#include "sql_private.h"

/* ---- Columns --------------------------------------------------------------------------------- */

/* Appends a part of a timestamp. */
static void append_calendar(struct buffer *out, enum calendar_part part, const char *timestamp)
{
    static const char *const functions[CALENDAR_PARTS] = {
        [CALENDAR_HOUR] = "hour",   [CALENDAR_DAY] = "day",   [CALENDAR_WEEK] = "weekofyear",
        [CALENDAR_MONTH] = "month", [CALENDAR_YEAR] = "year", [CALENDAR_WEEKDAY] = "dayofweek",
    };
    if (functions[part])
        buffer_appendf(out, "%s(%s)", functions[part], timestamp);
    else
        buffer_append_str(out, str_of(timestamp));
}

static void append_field(struct buffer *out, const struct model_field *field, const char *prefix)
{
    if (field->type == MODEL_DOUBLE)
        sql_append_restored(out, field, prefix);
    else
        buffer_appendf(out, "%s%.*s", prefix, STR_ARG(field->name));
}

static void append_found(struct buffer *out, const struct model *model, int field)
{
    const struct model_winner *rule = model->facts.lookups[0].winner;
    const struct model_field *found = model_field(model, rule->source, field);
    if (sql_is_key(rule, field))
        append_field(out, found, "match.");
    else
        buffer_appendf(out, "match.%.*s", STR_ARG(found->name));
}

static void append_fact_value(struct buffer *out, const struct model *model,
                              const struct model_column *column)
{
    CLEANUP(buffer_release) struct buffer time = {0};
    switch (column->origin) {
    case FROM_ID:
        buffer_append_str(out, STR("fact_id"));
        break;
    case FROM_LOOKUP:
        append_found(out, model, column->part);
        break;
    case FROM_CALENDAR:
        buffer_appendf(&time, "timestamp_millis(fact.%.*s)",
                       STR_ARG(model_field(model, model->facts.source, model->facts.time)->name));
        append_calendar(out, (enum calendar_part)column->part, buffer_text(&time));
        break;
    case FROM_FIELD:
    case FROM_INPUT:
        append_field(out, model_field(model, model->facts.source, column->part), "fact.");
    }
}

/* Appends the value of a column, as the rows of its table have it. */
static void append_value(struct buffer *out, const struct model *model,
                         const struct model_table *table, const struct model_column *column)
{
    if (table->rows == ROWS_FACTS)
        append_fact_value(out, model, column);
    else if (table->rows == ROWS_CALENDAR)
        append_calendar(out, (enum calendar_part)column->part, "at");
    else
        sql_append_winning(out, model, table->rule, column->part);
}

static void append_columns(struct buffer *out, const struct model *model,
                           const struct model_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        CLEANUP(buffer_release) struct buffer value = {0};
        const char *name = table->columns[i].name;
        append_value(&value, model, table, &table->columns[i]);
        buffer_append_str(out, str_of(i ? ",\n  " : ""));
        buffer_append_str(out, buffer_str(&value));
        if (!str_equal(buffer_str(&value), str_of(name)))
            buffer_appendf(out, " AS %s", name);
    }
}

/* ---- Order ----------------------------------------------------------------------------------- */

/* Whether the rows within a partition are in the order of this column first. */
static bool is_ordered_by(const struct model_table *table, const struct model_column *column)
{
    if (column->partition)
        return false;
    if (table->rows == ROWS_WINNERS)
        return sql_is_key(table->rule, column->part);
    return column->origin == FROM_CALENDAR && column->part == CALENDAR_TIME;
}

static void append_name(struct buffer *out, const struct model_column *column)
{
    buffer_appendf(out, "%s%s", out->len ? ", " : "", column->name);
}

static void append_partitions(struct buffer *out, const struct model_table *table)
{
    for (size_t i = 0; i < table->partition_count; i++)
        append_name(out, &table->columns[table->partitions[i]]);
}

/* Of the rows in a table's files: by partition; winners by their key, others by time, then id. */
static void append_order(struct buffer *out, const struct model_table *table)
{
    append_partitions(out, table);
    for (size_t i = 0; i < table->column_count; i++)
        if (is_ordered_by(table, &table->columns[i]))
            append_name(out, &table->columns[i]);
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].origin == FROM_ID)
            append_name(out, &table->columns[i]);
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static void append_winners(struct buffer *out, const struct model *model,
                           const struct model_table *table)
{
    int fields[MODEL_MAX_COLUMNS];
    for (size_t i = 0; i < table->column_count; i++)
        fields[i] = table->columns[i].part;
    sql_append_winners(out, model, table->rule, fields, table->column_count);
}

static void append_select(struct buffer *out, const struct model *model,
                          const struct model_table *table)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    append_columns(sql_value(&values, "columns"), model, table);
    append_order(sql_value(&values, "order"), table);
    sql_set(&values, "source", str_of(sql_facts_source(model)->name));
    sql_set(&values, "time", model_field(model, model->facts.source, model->facts.time)->name);
    sql_append_match(sql_value(&values, "is_match"), model);
    if (table->rows == ROWS_WINNERS)
        append_winners(sql_value(&values, "winners"), model, table);
    sql_fill(out,
             table->rows == ROWS_FACTS      ? "table_of_facts"
             : table->rows == ROWS_CALENDAR ? "table_of_calendar"
                                            : "table_of_winners",
             &values);
}

/* The calendar's rows are in ranges of their times already. */
static bool is_rebalanced(const struct model_table *table, const struct spark_sql_options *options)
{
    return options->rebalance && table->partition_count > 0 && table->rows != ROWS_CALENDAR;
}

static struct spark_statement table_select(const struct model *model,
                                           const struct model_table *table,
                                           const struct spark_sql_options *options)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    CLEANUP(buffer_release) struct buffer text = {0}, order = {0};
    buffer_appendf(&text, "-- %s: one row for each %s%s%s.\n", table->name, table->one_row_for,
                   table->winner[0] ? ": the " : "", table->winner);
    append_partitions(sql_value(&values, "partitions"), table);
    append_select(sql_value(&values, "select"), model, table);
    if (is_rebalanced(table, options))
        sql_fill(&text, "rebalanced", &values);
    else
        sql_fill_text(&text, "{select}", &values);
    append_order(&order, table);
    return sql_select(table->name, table->name, &text, &order);
}

void sql_add_tables(struct spark_sql *sql, const struct spark_sql_options *options)
{
    for (int id = 0; id < TABLE_COUNT; id++)
        sql->tables[id] = table_select(sql->model, &sql->model->tables[id], options);
}

/* ---- Counts ------------------------------------------------------------------------------------
 */

static void append_counts(struct buffer *out, const struct model_source *source)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    struct buffer *kept = sql_value(&values, "kept_or_not");
    sql_set(&values, "source", str_of(source->name));
    if (source->kept_field < 0)
        buffer_append_str(kept, STR("'kept'"));
    else
        buffer_appendf(kept, "IF(%.*s = '%.*s', 'kept', 'left_out')",
                       STR_ARG(source->fields[source->kept_field].name),
                       STR_ARG(source->kept_value));
    sql_fill(out, "counts_of_source", &values);
}

struct spark_statement sql_counts(const struct model *model)
{
    CLEANUP(buffer_release) struct buffer text = {0}, any = {0};
    CLEANUP(sql_values_release) struct sql_values values = {0};
    buffer_append_str(
        &text, STR("-- How many records were kept, left out by rule, or rejected with which\n"
                   "-- code; how many facts are there again, and how many keys are shared.\n"));
    for (int source = 0; source < SOURCE_COUNT; source++) {
        append_counts(&text, &model->sources[source]);
        buffer_append_str(&text, STR("\nUNION ALL\n"));
    }
    sql_append_id(sql_value(&values, "id"), model);
    sql_fill(&text, "counts_of_facts", &values);
    return sql_select("sparkify_counts", "the counts", &text, &any);
}
