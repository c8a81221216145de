/* Columns of tables, and which of them are partitions. */
#include "model_build.h"
#include "model_words.h"

#include <strings.h>

struct model_column model_column_of_field(const struct model_field *field, int number,
                                          const char *name)
{
    return (struct model_column){
        .name = name,
        .type = field->type,
        .nullable = field->need == NEED_OPTIONAL && !field->zero_for_null,
        .origin = FROM_FIELD,
        .part = number,
        .precision = field->precision,
        .scale = field->scale,
    };
}

/* ---- What a column is made of ---------------------------------------------------------------- */

struct column_nodes {
    const yaml_node_t *of, *part, *comment;
};

static enum status read_nodes(struct model_builder *builder, const struct node_pair *pair,
                              struct column_nodes *out)
{
    static const char *const keys[] = {"of", "part", "comment", NULL};
    const yaml_node_t *values[3];
    *out = (struct column_nodes){.of = pair->value};
    if (pair->value->type != YAML_MAPPING_NODE)
        return STATUS_OK;
    TRY(nodes_keys(&builder->nodes, pair, "column", keys, values));
    *out = (struct column_nodes){values[0], values[1], values[2]};
    if (!out->of == !out->part)
        return nodes_wrong(&builder->nodes, pair->value,
                           "the column '%s' is made of a field ('of'), or of a part of the time "
                           "('part'): write one of them",
                           pair->name);
    return STATUS_OK;
}

static enum status read_part(struct model_builder *builder, const yaml_node_t *node,
                             struct model_column *column)
{
    struct node_word words[CALENDAR_PARTS + 1] = {0};
    for (int part = 0; part < CALENDAR_PARTS; part++)
        words[part] = (struct node_word){model_part_words[part], part};
    TRY(nodes_word(&builder->nodes, node, "part of a time", words, &column->part));
    column->origin = FROM_CALENDAR;
    column->type = column->part == CALENDAR_TIME   ? MODEL_TIMESTAMP
                   : column->part == CALENDAR_DATE ? MODEL_DATE
                                                   : MODEL_INT32;
    return STATUS_OK;
}

/* The look-up whose name stands before a '.', which field that is in. */
static int lookup_of(const struct model_builder *builder, const char *text)
{
    const struct model_facts *facts = &builder->model->facts;
    for (size_t i = 0; i < facts->lookup_count; i++) {
        size_t len = strlen(facts->lookups[i].name);
        if (strncmp(text, facts->lookups[i].name, len) == 0 && text[len] == '.')
            return (int)i;
    }
    return -1;
}

static enum status read_found(struct model_builder *builder, const yaml_node_t *node,
                              const char *text, int number, struct model_column *column)
{
    const struct model_facts *facts = &builder->model->facts;
    const struct model_lookup *lookup = &facts->lookups[number];
    struct model_winner *winners = builder->parsed->winners;
    struct model_winner *winner = &winners[lookup->winner - winners];
    if (model_find_field(&builder->parsed->sources[facts->source], str_of(text)) >= 0)
        return nodes_wrong(&builder->nodes, node,
                           "'%s' is a field of the facts and one of the look-up '%s'; give the "
                           "look-up another name",
                           text, lookup->name);
    int field;
    TRY(model_build_find_field(builder, node, winner->source, text + strlen(lookup->name) + 1,
                               &field));
    *column = model_column_of_field(model_field(builder->model, winner->source, field), field,
                                    column->name);
    column->origin = FROM_LOOKUP;
    column->nullable = true;
    column->lookup = number;
    model_build_complete_order(winner, field);
    return STATUS_OK;
}

static enum status read_field(struct model_builder *builder, const yaml_node_t *node,
                              const struct model_table *table, struct model_column *column)
{
    const struct model *model = builder->model;
    const char *text;
    int field;
    TRY(nodes_text(&builder->nodes, node, "a field", &text));
    int lookup = table->rows == ROWS_FACTS ? lookup_of(builder, text) : -1;
    if (lookup >= 0)
        return read_found(builder, node, text, lookup, column);
    int source = model_source_of(model, table);
    TRY(model_build_find_field(builder, node, source, text, &field));
    *column = model_column_of_field(model_field(model, source, field), field, column->name);
    if (table->rows == ROWS_FACTS && field == model->facts.time) {
        column->origin = FROM_CALENDAR;
        column->part = CALENDAR_TIME;
    }
    return STATUS_OK;
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static bool is_same(const struct model_column *a, const struct model_column *b)
{
    return a->origin == b->origin && a->part == b->part && a->lookup == b->lookup;
}

/* Engines compare names of columns without regard to case. */
static enum status check_column(struct model_builder *builder, const yaml_node_t *node,
                                const struct model_table *table, const struct model_column *column)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *other = &table->columns[i];
        if (strcasecmp(other->name, column->name) == 0)
            return nodes_wrong(&builder->nodes, node,
                               "the table '%s' has the column '%s' already; engines read names "
                               "without regard to capital letters",
                               table->name, other->name);
        if (is_same(other, column))
            return nodes_wrong(&builder->nodes, node,
                               "the columns '%s' and '%s' of '%s' are made of the same; keep one",
                               other->name, column->name, table->name);
    }
    return STATUS_OK;
}

static enum status read_column(struct model_builder *builder, const struct node_pair *pair,
                               struct model_table *table, struct model_column *column)
{
    struct column_nodes nodes;
    *column = (struct model_column){0};
    TRY(nodes_name(&builder->nodes, pair->key, "the name of a column", &column->name));
    TRY(read_nodes(builder, pair, &nodes));
    if (nodes.part && table->rows == ROWS_WINNERS)
        return nodes_wrong(&builder->nodes, nodes.part,
                           "parts of the time are columns of the facts and of the calendar");
    const yaml_node_t *part = table->rows == ROWS_CALENDAR && nodes.of ? nodes.of : nodes.part;
    TRY(part ? read_part(builder, part, column) : read_field(builder, nodes.of, table, column));
    if (nodes.comment)
        TRY(nodes_line(&builder->nodes, nodes.comment, "words", &column->from));
    return check_column(builder, pair->key, table, column);
}

enum status model_build_columns(struct model_builder *builder, const yaml_node_t *node,
                                struct model_table *table)
{
    struct model_column *columns = model_builder_columns(builder, table);
    struct node_pair *pairs;
    size_t count;
    TRY(nodes_pairs(&builder->nodes, node, "columns, and what each is made of",
                    MODEL_MAX_COLUMNS - table->column_count, &pairs, &count));
    table->columns = columns;
    for (size_t i = 0; i < count; i++) {
        TRY(read_column(builder, &pairs[i], table, &columns[table->column_count]));
        table->column_count++;
    }
    return STATUS_OK;
}

/* ---- Partitions ------------------------------------------------------------------------------ */

static bool can_be_partition(const struct model_table *table, const struct model_column *column)
{
    if (table->rows == ROWS_WINNERS)
        return column->type == MODEL_STRING || column->type == MODEL_INT32;
    return column->origin == FROM_CALENDAR &&
           (column->part == CALENDAR_YEAR || column->part == CALENDAR_MONTH ||
            column->part == CALENDAR_DAY || column->part == CALENDAR_HOUR);
}

static enum status add_partition(struct model_builder *builder, const yaml_node_t *node,
                                 struct model_table *table)
{
    struct model_column *columns = model_builder_columns(builder, table);
    const char *name;
    TRY(nodes_text(&builder->nodes, node, "a column", &name));
    const struct model_column *found = model_column_named(table, name);
    if (!found)
        return nodes_wrong(&builder->nodes, node, "the table '%s' has no column '%s'", table->name,
                           name);
    size_t i = (size_t)(found - table->columns);
    if (columns[i].partition)
        return nodes_wrong(&builder->nodes, node, "the column '%s' is there twice", name);
    if (!can_be_partition(table, &columns[i]))
        return nodes_wrong(&builder->nodes, node,
                           table->rows == ROWS_WINNERS
                               ? "'%s' cannot be a partition: columns of string or int32 can"
                               : "'%s' cannot be a partition: year, month, day and hour of the "
                                 "time can",
                           name);
    columns[i].partition = true;
    table->partitions[table->partition_count++] = (int)i;
    return STATUS_OK;
}

enum status model_build_partitions(struct model_builder *builder, const yaml_node_t *node,
                                   struct model_table *table)
{
    const yaml_node_t *items[MODEL_MAX_PARTITIONS];
    size_t count;
    TRY(nodes_list(&builder->nodes, node, "a column", MODEL_MAX_PARTITIONS, items, &count));
    for (size_t i = 0; i < count; i++)
        TRY(add_partition(builder, items[i], table));
    if (table->partition_count == table->column_count)
        return nodes_wrong(&builder->nodes, node,
                           "all columns of '%s' would be partitions, and its files empty",
                           table->name);
    return STATUS_OK;
}
