/* Derives the columns in memory from the model's facts. */
#include "fact_layout.h"

#include <assert.h>

static size_t key_of(const struct model_facts *facts, int field)
{
    size_t key = 0;
    while (key < facts->lookups[0].winner->key_count && facts->lookups[0].fields[key] != field)
        key++;
    return key;
}

static size_t add(struct fact_columns *columns, int column, int field, bool is_key)
{
    columns->all[columns->count] = (struct fact_column){column, field, is_key};
    return columns->count++;
}

static void add_field(struct fact_layout *layout, int column, int field)
{
    const struct model_facts *facts = &layout->model->facts;
    size_t key = key_of(facts, field);
    bool is_key = key < layout->key_count;
    switch (model_field(layout->model, facts->source, field)->type) {
    case MODEL_STRING:
        if (is_key)
            layout->keys[key] = (struct fact_key){true, add(&layout->texts, column, field, true)};
        else
            add(&layout->coded, column, field, false);
        break;
    case MODEL_DOUBLE: {
        size_t number = add(&layout->doubles, column, field, is_key);
        if (is_key)
            layout->keys[key] = (struct fact_key){false, number};
        break;
    }
    default:
        assert(!is_key);
        add(&layout->int64s, column, field, false);
    }
}

static void add_column(struct fact_layout *layout, int number)
{
    const struct model_column *column = &layout->table->columns[number];
    switch (column->origin) {
    case FROM_FIELD:
        add_field(layout, number, column->part);
        break;
    case FROM_LOOKUP:
        add(&layout->found, number, column->part, false);
        break;
    case FROM_ID:
        layout->id_column = number;
        break;
    case FROM_CALENDAR:
        if (column->part == CALENDAR_TIME)
            layout->time_column = number;
        break;
    case FROM_INPUT:
        assert(false);
    }
    /* Partition columns come last, so a column's number is its position in the file. */
    assert(column->partition || number == 0 || !layout->table->columns[number - 1].partition);
}

/* The rule over the facts, and the layout of its winners' rows. */
static void add_rule(struct fact_layout *layout, const struct model_winner *rule)
{
    const struct model *model = layout->model;
    while (layout->coded.all[layout->rule_key].field != rule->keys[0])
        layout->rule_key++;
    assert(rule->key_count == 1 && layout->rule_key < layout->coded.count);
    assert(model->facts.id[0] == rule->keys[0]);
    layout->rule = rule;
    row_layout_of_rule(&layout->winner, model, rule);
}

void fact_layout_init(struct fact_layout *layout, const struct model *model)
{
    *layout = (struct fact_layout){.model = model, .time = model->facts.time};
    while (model->tables[layout->table_id].rows != ROWS_FACTS)
        layout->table_id++;
    layout->table = &model->tables[layout->table_id];
    layout->key_count = model->facts.lookups[0].winner->key_count;
    for (size_t i = 0; i < layout->table->column_count; i++)
        add_column(layout, (int)i);
    for (size_t i = 0; i < model->winner_count; i++)
        if (model->winners[i].source == model->facts.source)
            add_rule(layout, &model->winners[i]);
}
