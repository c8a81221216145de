/* Tables of readers: dimensions, the calendar, and the facts. */
#include "model_build.h"

#include <stdlib.h>
#include <strings.h>

/* ---- What all tables have -------------------------------------------------------------------- */

/* Files of tables whose names begin with '_' are hidden from most engines. */
static enum status read_name(struct model_builder *builder, const yaml_node_t *node,
                             struct model_table *table)
{
    TRY(nodes_name(&builder->nodes, node, "the name of a table", &table->name));
    if (table->name[0] == '_')
        return nodes_wrong(&builder->nodes, node,
                           "'%s' cannot be the name of a table: what begins with '_' is hidden "
                           "from readers",
                           table->name);
    for (const struct model_table *other = builder->parsed->tables;
         other < builder->parsed->tables + MODEL_MAX_TABLES; other++)
        if (other != table && other->name && strcasecmp(other->name, table->name) == 0)
            return nodes_wrong(&builder->nodes, node,
                               "there is a table '%s' already; engines read names without regard "
                               "to capital letters",
                               other->name);
    table->folder = table->name;
    return STATUS_OK;
}

/* How often columns have been added, and one. */
static enum status read_schema(struct model_builder *builder, const yaml_node_t *node,
                               struct model_table *table)
{
    const char *text;
    table->schema = 1;
    if (!node)
        return STATUS_OK;
    TRY(nodes_text(&builder->nodes, node, "a number", &text));
    size_t len = strlen(text);
    if (strspn(text, ASCII_DIGITS) != len || text[0] == '0' || len > 4)
        return nodes_wrong(&builder->nodes, node, "'%s' is no number from 1 to 9999", text);
    table->schema = (int)strtol(text, NULL, 10);
    return STATUS_OK;
}

static enum status expect_time(struct model_builder *builder, const yaml_node_t *node,
                               const struct model_table *table)
{
    if (model_calendar_column(table, CALENDAR_TIME))
        return STATUS_OK;
    nodes_wrong(&builder->nodes, node, "the table '%s' has no column of the time itself",
                table->name);
    return table->rows == ROWS_CALENDAR
               ? error_hint(builder->error, "add 'start_time: time' to its columns")
               : error_hint(builder->error, "add 'start_time: %.*s' to its columns",
                            STR_ARG(model_field(builder->model, builder->model->facts.source,
                                                builder->model->facts.time)
                                        ->name));
}

/* ---- Dimensions ------------------------------------------------------------------------------ */

enum { CALENDAR, FROM, KEY, ORDER, COLUMNS, PARTITION, SCHEMA, KEYS };
static const char *const dimension_keys[] = {"calendar", "from",      "key",    "order",
                                             "!columns", "partition", "schema", NULL};

static enum status read_calendar(struct model_builder *builder, const yaml_node_t **values,
                                 struct model_table *table)
{
    static const struct node_word yes[] = {{"true", 1}, {NULL, 0}};
    int is_calendar;
    TRY(nodes_word(&builder->nodes, values[CALENDAR], "value of 'calendar'", yes, &is_calendar));
    for (int key = FROM; key <= ORDER; key++)
        if (values[key])
            return nodes_wrong(&builder->nodes, values[key],
                               "a calendar has no '%s': its rows are the times of the facts",
                               dimension_keys[key]);
    for (const struct model_table *other = builder->parsed->tables;
         other < builder->parsed->tables + MODEL_MAX_TABLES; other++)
        if (other->rows == ROWS_CALENDAR)
            return nodes_wrong(&builder->nodes, values[CALENDAR],
                               "'%s' is a calendar already; a model has one", other->name);
    table->rows = ROWS_CALENDAR;
    TRY(model_build_columns(builder, values[COLUMNS], table));
    return expect_time(builder, values[COLUMNS], table);
}

/* All columns decide about the winner, so that it does not matter which record is read first. */
static enum status complete_winner(struct model_builder *builder, const yaml_node_t *node,
                                   const struct model_table *table, struct model_winner *winner)
{
    for (size_t i = 0; i < winner->key_count; i++)
        if (!model_find_column(table, FROM_FIELD, winner->keys[i]))
            return nodes_wrong(
                &builder->nodes, node, "the table '%s' has no column of its key '%.*s'",
                table->name,
                STR_ARG(model_field(builder->model, winner->source, winner->keys[i])->name));
    for (size_t i = 0; i < table->column_count; i++)
        model_build_complete_order(winner, table->columns[i].part);
    return STATUS_OK;
}

static enum status read_winner(struct model_builder *builder, const yaml_node_t **values,
                               int source, struct model_table *table)
{
    struct model_winner *winner;
    TRY(model_build_new_winner(builder, values[FROM], &winner));
    TRY(model_build_winner(builder, values[KEY], values[ORDER], source, winner));
    table->rows = ROWS_WINNERS;
    table->rule = winner;
    TRY(model_build_columns(builder, values[COLUMNS], table));
    return complete_winner(builder, values[COLUMNS], table, winner);
}

/* A winner has a source and a key. */
static enum status expect_keys(struct model_builder *builder, const struct node_pair *pair,
                               const yaml_node_t **values)
{
    for (int key = FROM; key <= KEY; key++)
        if (!values[CALENDAR] && !values[key])
            return nodes_wrong(&builder->nodes, pair->key, "the dimension '%s' has no '%s'",
                               pair->name, dimension_keys[key]);
    return STATUS_OK;
}

enum status model_build_dimension(struct model_builder *builder, const struct node_pair *pair,
                                  struct model_table *out, bool of_facts)
{
    const yaml_node_t *values[KEYS];
    int source = -1;
    TRY(nodes_keys(&builder->nodes, pair, "dimension", dimension_keys, values));
    TRY(expect_keys(builder, pair, values));
    if (!values[CALENDAR])
        TRY(model_build_find_source(builder, values[FROM], &source));
    if (of_facts != (source == builder->model->facts.source || values[CALENDAR]))
        return STATUS_OK;
    *out = (struct model_table){0};
    TRY(read_name(builder, pair->key, out));
    TRY(read_schema(builder, values[SCHEMA], out));
    TRY(values[CALENDAR] ? read_calendar(builder, values, out)
                         : read_winner(builder, values, source, out));
    return values[PARTITION] ? model_build_partitions(builder, values[PARTITION], out) : STATUS_OK;
}

/* ---- Facts ----------------------------------------------------------------------------------- */

static enum status add_id(struct model_builder *builder, const yaml_node_t *node,
                          struct model_table *table)
{
    struct model_column *column = model_builder_columns(builder, table);
    *column = (struct model_column){.type = MODEL_INT64, .origin = FROM_ID};
    const yaml_node_t *key =
        yaml_document_get_node(&builder->nodes.document, node->data.mapping.pairs.start[0].key);
    TRY(nodes_name(&builder->nodes, key, "the name of a column", &column->name));
    table->columns = column;
    table->column_count = 1;
    return STATUS_OK;
}

/* What is looked up must be in the rows: a later run looks it up again, and rows that differ in it
 * alone are not identical. */
static enum status expect_looked_up(struct model_builder *builder, const yaml_node_t *node,
                                    const struct model_table *table)
{
    const struct model_facts *facts = &builder->model->facts;
    for (size_t i = 0; i < facts->lookup_count; i++)
        for (size_t key = 0; key < facts->lookups[i].winner->key_count; key++) {
            int number = facts->lookups[i].fields[key];
            struct str name = model_field(builder->model, facts->source, number)->name;
            if (number == facts->time)
                return nodes_wrong(&builder->nodes, node,
                                   "the look-up '%s' cannot look up the time of the facts",
                                   facts->lookups[i].name);
            if (!model_find_column(table, FROM_FIELD, number))
                return nodes_wrong(&builder->nodes, node,
                                   "the look-up '%s' looks up '%.*s', which is in no column; add "
                                   "'NAME: %.*s'",
                                   facts->lookups[i].name, STR_ARG(name), STR_ARG(name));
        }
    return STATUS_OK;
}

enum status model_build_facts_table(struct model_builder *builder,
                                    const struct model_facts_nodes *nodes, struct model_table *out)
{
    *out = (struct model_table){.rows = ROWS_FACTS};
    TRY(read_name(builder, nodes->name, out));
    TRY(read_schema(builder, nodes->schema, out));
    TRY(add_id(builder, nodes->id, out));
    TRY(model_build_columns(builder, nodes->columns, out));
    TRY(expect_time(builder, nodes->columns, out));
    TRY(expect_looked_up(builder, nodes->columns, out));
    return nodes->partition ? model_build_partitions(builder, nodes->partition, out) : STATUS_OK;
}
