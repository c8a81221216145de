/* The tables as SELECTs: the value of each column, where its rows come from, and their order. */
#include "sql_private.h"

/* ---- Columns --------------------------------------------------------------------------------- */

/* Appends the value of the field that a column is made of. */
static void append_field(struct buffer *out, const struct model *model,
                         const struct model_table *table, const struct model_column *column)
{
    bool is_found = column->origin == FROM_LOOKUP;
    const struct model_winner *rule =
        is_found ? model->facts.lookups[column->lookup].winner : table->rule;
    int source = rule ? rule->source : model->facts.source;
    const struct model_field *field = model_field(model, source, column->part);
    CLEANUP(buffer_release) struct buffer value = {0};
    if (is_found)
        sql_append_found(&value, model, column);
    else if (table->rows == ROWS_WINNERS)
        sql_append_winning(&value, model, rule, column->part);
    else
        sql_append_restored(&value, field, table->rows == ROWS_FACTS ? "fact." : "");
    sql_append_as_column(out, column, field, buffer_str(&value));
}

/* Appends the value of a column, as the rows of its table have it. */
static void append_value(struct buffer *out, const struct model *model,
                         const struct model_table *table, const struct model_column *column)
{
    enum calendar_part part = (enum calendar_part)column->part;
    if (column->origin == FROM_ID)
        buffer_append_str(out, STR("fact_id"));
    else if (table->rows == ROWS_CALENDAR)
        sql_append_calendar(out, part, "at");
    else if (column->origin == FROM_CALENDAR)
        sql_append_time_part(out, model, part, "fact.");
    else
        append_field(out, model, table, column);
}

static bool has_found(const struct spark_sql *sql, const struct model_table *table)
{
    return sql->options.counts_found && table->rows == ROWS_FACTS &&
           sql->model->facts.lookup_count > 0;
}

static void append_columns(struct buffer *out, const struct spark_sql *sql,
                           const struct model_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        buffer_append_str(out, str_of(i ? ",\n  " : ""));
        append_value(out, sql->model, table, &table->columns[i]);
        buffer_append_str(out, STR(" AS "));
        sql_append_name(out, str_of(table->columns[i].name));
    }
    if (has_found(sql, table))
        sql_append_is_found(out, sql->model);
}

/* ---- Order ----------------------------------------------------------------------------------- */

/* Whether the rows within a partition are in the order of this column first. */
static bool is_ordered_by(const struct model_table *table, const struct model_column *column)
{
    if (column->partition)
        return false;
    if (table->rows == ROWS_WINNERS)
        return model_is_key(table->rule, column->part);
    return column->origin == FROM_CALENDAR && column->part == CALENDAR_TIME;
}

static void append_name(struct buffer *out, const struct model_column *column)
{
    buffer_append_str(out, str_of(out->len ? ", " : ""));
    sql_append_name(out, str_of(column->name));
}

static void append_partitions(struct buffer *out, const struct model_table *table)
{
    for (size_t i = 0; i < table->partition_count; i++)
        append_name(out, &table->columns[table->partitions[i]]);
}

/* Null and the empty text have one folder. */
static void append_folder_order(struct buffer *out, const struct model_column *column)
{
    bool may_be_null = column->type == MODEL_STRING && column->nullable;
    buffer_append_str(out, str_of(out->len ? ", " : ""));
    buffer_append_str(out, str_of(may_be_null ? "coalesce(" : ""));
    sql_append_name(out, str_of(column->name));
    buffer_append_str(out, str_of(may_be_null ? ", '')" : ""));
}

/* Of the rows in a table's files: by partition; winners by their key, others by time, then id. */
static void append_order(struct buffer *out, const struct model_table *table)
{
    for (size_t i = 0; i < table->partition_count; i++)
        append_folder_order(out, &table->columns[table->partitions[i]]);
    for (size_t i = 0; i < table->column_count; i++)
        if (is_ordered_by(table, &table->columns[i]))
            append_name(out, &table->columns[i]);
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].origin == FROM_ID)
            append_name(out, &table->columns[i]);
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* The distinct times: in an increment those that the lake does not have. */
static void append_times(struct buffer *out, const struct spark_sql *sql)
{
    const struct model *model = sql->model;
    const char *source = sql_facts_source(model)->name;
    if (sql_has_stored_facts(sql) && !sql->options.is_increment) {
        buffer_append_str(out, STR("sparkify_facts_all"));
        return;
    }
    buffer_appendf(out, "sparkify_%s_kept", source);
    if (sql->options.is_increment)
        sql_append_field(out, " LEFT ANTI JOIN sparkify_facts_stored USING ({})",
                         model_field(model, model->facts.source, model->facts.time));
}

static const char *template_of(const struct model_table *table)
{
    static const char *const names[] = {[ROWS_FACTS] = "table_of_facts",
                                        [ROWS_CALENDAR] = "table_of_calendar",
                                        [ROWS_WINNERS] = "table_of_winners",
                                        [ROWS_RECORDS] = "table_of_records"};
    return names[table->rows];
}

static void append_select(struct buffer *out, const struct spark_sql *sql,
                          const struct model_table *table)
{
    const struct model *model = sql->model;
    const struct model_field *time = model_field(model, model->facts.source, model->facts.time);
    CLEANUP(sql_values_release) struct sql_values values = {0};
    append_columns(sql_value(&values, "columns"), sql, table);
    append_order(sql_value(&values, "order"), table);
    sql_set(&values, "facts",
            str_of(sql_has_stored_facts(sql) ? "sparkify_facts_all" : "sparkify_facts_once"));
    sql_append_field(sql_value(&values, "time"), "{}", time);
    sql_set(&values, "to_timestamp", str_of(spark_sql_to_timestamp(time)));
    append_times(sql_value(&values, "times"), sql);
    sql_append_joins(sql_value(&values, "joins"), sql);
    if (table->rows == ROWS_WINNERS)
        buffer_appendf(sql_value(&values, "number"), "%td", table->rule - model->winners);
    if (table->rows == ROWS_RECORDS)
        sql_append_records(sql_value(&values, "unions"), model, table);
    sql_fill(out, template_of(table), &values);
}

static struct spark_statement table_select(const struct spark_sql *sql,
                                           const struct model_table *table)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    CLEANUP(buffer_release) struct buffer text = {0}, order = {0};
    buffer_appendf(&text, "-- %s: one row for each %s%s%s.\n", table->name, table->one_row_for,
                   table->winner[0] ? ": the " : "", table->winner);
    append_partitions(sql_value(&values, "partitions"), table);
    append_select(sql_value(&values, "select"), sql, table);
    /* The calendar's rows are in ranges of their times already. */
    bool is_rebalanced = table->partition_count > 0 && table->rows != ROWS_CALENDAR;
    sql_fill_text(&text, is_rebalanced ? "{rebalanced}" : "{select}", &values);
    append_order(&order, table);
    struct spark_statement statement = sql_select(table->name, table->name, &text, &order);
    statement.has_found = has_found(sql, table);
    return statement;
}

/* An increment makes no rows of dimensions. What lists a partitioned table is written with it. */
static bool is_made(const struct spark_sql *sql, int id)
{
    const struct model *model = sql->model;
    const struct model_table *table = &model->tables[id];
    if (!table->rule)
        return table->rows == ROWS_FACTS || table->rows == ROWS_CALENDAR;
    for (int of = 0; of < (int)model->table_count; of++)
        if (model_list_of(model, of) == id)
            return false;
    return spark_sql_reads(sql, table->rule->source);
}

void sql_add_tables(struct spark_sql *sql)
{
    for (int id = 0; id < (int)sql->model->all_count; id++)
        if (is_made(sql, id))
            sql->tables[id] = table_select(sql, &sql->model->tables[id]);
}
