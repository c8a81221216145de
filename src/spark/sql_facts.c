/* The facts, in SQL: with their ids, each once, and those of the lake.
 *
 * Identical facts have one id. Ids that occur more than once are found first, which shuffles 8
 * bytes of each fact; only the facts that have one of them are compared as a whole. */
#include "sql_private.h"

/* The fields that columns of the facts' table are made of. */
static uint64_t fields_of_columns(const struct model *model, uint64_t columns)
{
    const struct model_table *table = model_table_of_facts(model);
    uint64_t fields = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (columns >> i & 1 && table->columns[i].origin == FROM_FIELD)
            fields |= UINT64_C(1) << table->columns[i].part;
    return fields;
}

/* The fields that rows are made of: two facts are identical when these and the id are equal. */
static uint64_t fields_of_rows(const struct model *model)
{
    return fields_of_columns(model, UINT64_MAX) | UINT64_C(1) << model->facts.time;
}

static void append_id(struct buffer *out, const struct model *model)
{
    for (size_t i = 0; i < model->facts.id_count; i++)
        sql_append_field(out, i ? ", {}" : "{}",
                         model_field(model, model->facts.source, model->facts.id[i]));
}

static void set_columns(struct sql_values *values, const struct model *model)
{
    const struct model_source *source = sql_facts_source(model);
    uint64_t fields = fields_of_rows(model);
    struct buffer *columns = sql_value(values, "columns");
    sql_append_fields(columns, source, fields, "{}, ", "{minus_zero}, ");
    buffer_append_str(columns, STR("fact_id"));
    sql_append_fields(sql_value(values, "signs"), source, fields, "",
                      ",\n  " SQL_MINUS_ZERO " AS {minus_zero}");
}

static void add_facts_once(struct spark_sql *sql)
{
    static const struct {
        const char *name, *purpose;
    } steps[] = {
        {"facts", "the facts with their ids"},
        {"repeated_ids", "ids that several facts have"},
        {"repeated_facts", "those facts, each once"},
        {"facts_once", "every fact once"},
    };
    CLEANUP(sql_values_release) struct sql_values values = {0};
    sql_set(&values, "source", str_of(sql_facts_source(sql->model)->name));
    append_id(sql_value(&values, "id"), sql->model);
    set_columns(&values, sql->model);
    for (size_t i = 0; i < ARRAY_LENGTH(steps); i++)
        sql_add_command(sql, SPARK_ALL_SOURCES, steps[i].name, steps[i].purpose, &values);
}

/* ---- Facts of the lake ----------------------------------------------------------------------- */

static void append_equal(struct buffer *out, const struct model *model, uint64_t fields)
{
    sql_append_fields(out, sql_facts_source(model), fields, "\n    AND fact.{} <=> stored.{}",
                      " AND fact.{minus_zero} = stored.{minus_zero}");
}

static void append_identical(struct buffer *out, const struct model *model)
{
    buffer_append_str(out, STR("fact.fact_id = stored.fact_id"));
    append_equal(out, model, fields_of_rows(model));
}

/* Whether a fact of the lake is one of those that were read: as it is, or as rows had it that were
 * written before columns came. */
static void append_is_there(struct buffer *out, const struct spark_sql *sql)
{
    const struct model *model = sql->model;
    uint64_t all = fields_of_rows(model);
    if (sql->options.lacked_count == 0) {
        append_identical(out, model);
        return;
    }
    buffer_append_str(out, STR("fact.fact_id = stored.fact_id AND ((true"));
    append_equal(out, model, all);
    for (size_t i = 0; i < sql->options.lacked_count; i++) {
        uint64_t lacked = fields_of_columns(model, sql->options.lacked[i]);
        buffer_append_str(out, STR(")\n  OR (true"));
        append_equal(out, model, all & ~lacked);
        sql_append_fields(out, sql_facts_source(model), lacked, "\n    AND fact.{} IS NULL", "");
    }
    buffer_append_str(out, STR("))"));
}

/* The fields that facts have, of a row of their table. */
static void append_stored(struct buffer *out, const struct model *model)
{
    const struct model_table *table = model_table_of_facts(model);
    sql_append_stored(out, model, model_facts_table(model), model->facts.source,
                      fields_of_rows(model));
    buffer_append_str(out, STR(", "));
    sql_append_name(out, str_of(table->columns[model_key_column(table)].name));
    buffer_append_str(out, STR(" AS fact_id"));
}

static struct spark_statement new_partitions(const struct spark_sql *sql)
{
    const struct model *model = sql->model;
    const struct model_table *table = model_table_of_facts(model);
    CLEANUP(buffer_release) struct buffer text = {0}, any = {0};
    CLEANUP(sql_values_release) struct sql_values values = {0};
    sql_set(&values, "source", str_of(sql_facts_source(model)->name));
    sql_append_field(sql_value(&values, "time"), "{}",
                     model_field(model, model->facts.source, model->facts.time));
    struct buffer *columns = sql_value(&values, "columns");
    struct buffer *group_by = sql_value(&values, "group_by");
    for (size_t i = 0; i < table->partition_count; i++) {
        const struct model_column *column = &table->columns[table->partitions[i]];
        sql_append_time_part(columns, model, (enum calendar_part)column->part, "");
        buffer_append_str(columns, STR(" AS "));
        sql_append_name(columns, str_of(column->name));
        buffer_append_str(columns, STR(", "));
        buffer_appendf(group_by, "%s%zu", i ? ", " : "\nGROUP BY ", i + 1);
    }
    sql_fill(&text, "partitions", &values);
    return sql_select("sparkify_partitions", "the partitions of the new facts", &text, &any);
}

static void add_facts_stored(struct spark_sql *sql)
{
    const struct model *model = sql->model;
    CLEANUP(sql_values_release) struct sql_values values = {0};
    set_columns(&values, model);
    append_stored(sql_value(&values, "stored"), model);
    append_identical(sql_value(&values, "is_identical"), model);
    sql_set_stored(sql, &values, model_facts_table(model));
    sql_add_command(sql, SPARK_ALL_SOURCES, "facts_stored", "facts of the lake", &values);
    if (sql->options.is_increment) {
        sql->partitions = new_partitions(sql);
        sql_add_command(sql, SPARK_ALL_SOURCES, "facts_again",
                        "new facts that the lake has already", &values);
        sql_add_command(sql, SPARK_ALL_SOURCES, "facts_added", "facts that the lake does not have",
                        &values);
        return;
    }
    append_is_there(sql_value(&values, "is_there"), sql);
    sql_add_command(sql, SPARK_ALL_SOURCES, "facts_of_the_lake", "facts of files that are gone",
                    &values);
    sql_add_command(sql, SPARK_ALL_SOURCES, "facts_with_kept", "every fact once", &values);
}

void sql_add_facts(struct spark_sql *sql)
{
    add_facts_once(sql);
    if (sql_has_stored_facts(sql))
        add_facts_stored(sql);
    sql_add_winners(sql, sql->model->facts.source);
    sql_add_lookups(sql);
}
