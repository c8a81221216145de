/* What earlier runs have left in the lake, in SQL.
 *
 * An increment reads new files of facts alone. Its facts are those that the lake does not have; its
 * calendar has the times that the lake does not have. Facts of the same time alone can be
 * identical, so of the lake only the partitions and the times of the new facts are read. Facts are
 * looked up in what an earlier run has left, and the winners among them are the first of those of
 * earlier runs and the new ones.
 *
 * A full run while files are gone keeps what came of them: of a dimension the records that have won
 * are records as others; of the facts all that the lake has and the files do not have are added. */
#include "sql_private.h"

/* ---- Tables ---------------------------------------------------------------------------------- */

bool sql_has_stored_facts(const struct spark_sql *sql)
{
    return sql->options.is_increment || sql->options.keeps[sql->model->facts.source];
}

/* ---- Their rows ------------------------------------------------------------------------------ */

/* The state's tables are named for people. */
static void name_view(const struct model *model, int table, struct spark_stored *out)
{
    if (model->tables[table].rows == ROWS_FACTS)
        snprintf(out->view, sizeof out->view, "sparkify_stored_facts");
    else
        snprintf(out->view, sizeof out->view, "sparkify_stored_%d", table);
    out->table = table;
}

void sql_set_stored(struct spark_sql *sql, struct sql_values *values, int table)
{
    struct spark_stored stored;
    name_view(sql->model, table, &stored);
    sql_set(values, "view", str_of(stored.view));
    for (size_t i = 0; i < sql->stored_count; i++)
        if (sql->stored[i].table == table)
            return;
    sql->stored[sql->stored_count++] = stored;
}

static const struct model_column *find_column(const struct model_table *table,
                                              const struct model_facts *facts, int field)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        bool is_time = table->rows == ROWS_FACTS && field == facts->time &&
                       column->origin == FROM_CALENDAR && column->part == CALENDAR_TIME;
        if (is_time || (column->origin == FROM_FIELD && column->part == field))
            return column;
    }
    return NULL;
}

static void append_stored(struct buffer *out, const struct model *model,
                          const struct model_table *table, const struct model_field *field,
                          int number)
{
    const struct model_column *column = find_column(table, &model->facts, number);
    if (column) {
        sql_append_as_field(out, column, field);
        return;
    }
    buffer_append_str(out, STR("CAST(NULL AS "));
    sql_append_type(out, field);
    sql_append_field(out, ") AS {}", field);
}

void sql_append_stored(struct buffer *out, const struct model *model, int table, int source,
                       uint64_t fields)
{
    for (int i = 0; i < (int)model->sources[source].field_count; i++) {
        if (!(fields >> i & 1))
            continue;
        buffer_append_str(out, str_of(out->len ? ", " : ""));
        append_stored(out, model, &model->tables[table], model_field(model, source, i), i);
    }
}

uint64_t sql_fields_of(const struct model_table *table)
{
    uint64_t fields = 0;
    for (size_t i = 0; i < table->column_count; i++)
        fields |= UINT64_C(1) << table->columns[i].part;
    return fields;
}

/* ---- Records that win ------------------------------------------------------------------------ */

/* Appends the SELECT of the winners of a rule as fields of the table, and what tells of doubles. */
static void append_winners(struct buffer *out, const struct model *model,
                           const struct model_table *table, const struct model_winner *rule)
{
    const struct model_source *source = &model->sources[rule->source];
    buffer_append_str(out, STR("SELECT *"));
    sql_append_fields(out, source, sql_fields_of(table), "",
                      ", " SQL_MINUS_ZERO " AS {minus_zero}");
    for (size_t i = 0; i < table->column_count; i++) {
        buffer_append_str(out, i ? STR(", ") : STR(" FROM (SELECT "));
        sql_append_winning(out, model, rule, table->columns[i].part);
        sql_append_field(out, " AS {}", &source->fields[table->columns[i].part]);
    }
    buffer_appendf(out, " FROM sparkify_winners_%td)", rule - model->winners);
}

void sql_append_records(struct buffer *out, const struct model *model,
                        const struct model_table *table)
{
    for (size_t i = 0; i < model->winner_count; i++) {
        if (model->winners[i].source != table->rule->source)
            continue;
        buffer_append_str(out, str_of(out->len ? "\nUNION\n" : ""));
        append_winners(out, model, table, &model->winners[i]);
    }
}
