/* Derives the columns in memory from the model's facts. */
#include "fact_layout.h"

#include <assert.h>
#include <math.h>

static size_t add(struct fact_columns *columns, struct fact_column column)
{
    columns->all[columns->count] = column;
    return columns->count++;
}

/* ---- Columns --------------------------------------------------------------------------------- */

static bool is_looked_up(const struct model_facts *facts, int field)
{
    for (size_t i = 0; i < facts->lookup_count; i++)
        for (size_t key = 0; key < facts->lookups[i].winner->key_count; key++)
            if (facts->lookups[i].fields[key] == field)
                return true;
    return false;
}

/* Whether the field alone is the id, and thus nearly always new; but not where winners are found by
 * its codes. */
static bool is_id_alone(const struct model *model, int field)
{
    bool is_id = model->facts.id_count == 1 && model->facts.id[0] == field;
    for (size_t i = 0; i < model->winner_count; i++) {
        const struct model_winner *rule = &model->winners[i];
        is_id &=
            rule->source != model->facts.source || rule->key_count != 1 || rule->keys[0] != field;
    }
    return is_id;
}

static struct fact_column column_of(const struct model_field *field, size_t at, int number)
{
    return (struct fact_column){.at = at,
                                .field = number,
                                .type = field->type,
                                .unit_us = model_time_unit_us(field->time_form),
                                .nullable = field->need == NEED_OPTIONAL && !field->zero_for_null};
}

static void add_field(struct fact_layout *layout, size_t at, int number)
{
    const struct model_facts *facts = &layout->model->facts;
    struct fact_column column =
        column_of(model_field(layout->model, facts->source, number), at, number);
    column.is_key = is_looked_up(facts, number);
    bool is_varied = column.is_key || is_id_alone(layout->model, number);
    if (column.type == MODEL_JSON || (column.type == MODEL_STRING && is_varied)) {
        add(&layout->texts, column);
    } else if (column.type == MODEL_STRING) {
        add(&layout->coded, column);
    } else if (column.type == MODEL_DOUBLE) {
        add(&layout->doubles, column);
    } else {
        layout->nullable_count += column.nullable;
        add(&layout->int64s, column);
    }
}

static void add_part(struct fact_layout *layout, size_t at, const struct model_column *column)
{
    if (column->part == CALENDAR_TIME && layout->time_column == FACT_NONE)
        layout->time_column = at;
    else
        add(&layout->parts,
            (struct fact_column){.at = at, .field = column->part, .type = column->type});
}

static void add_found(struct fact_layout *layout, size_t at, const struct model_column *column)
{
    int source = layout->model->facts.lookups[column->lookup].winner->source;
    struct fact_column found =
        column_of(model_field(layout->model, source, column->part), at, column->part);
    found.nullable = true;
    add(model_is_text(found.type) ? &layout->found : &layout->found_numbers, found);
}

static void add_column(struct fact_layout *layout, size_t at, const struct model_column *column)
{
    switch (column->origin) {
    case FROM_FIELD:
        if (column->part == layout->time && layout->time_column == FACT_NONE)
            layout->time_column = at;
        else
            add_field(layout, at, column->part);
        break;
    case FROM_ID:
        layout->id_column = at;
        break;
    case FROM_CALENDAR:
        add_part(layout, at, column);
        break;
    case FROM_LOOKUP: /* add_lookup */
        break;
    case FROM_INPUT:
        assert(false);
    }
}

/* ---- Look-ups -------------------------------------------------------------------------------- */

static size_t find_field(const struct fact_columns *columns, int field)
{
    for (size_t i = 0; i < columns->count; i++)
        if (columns->all[i].field == field)
            return i;
    return FACT_NONE;
}

static struct fact_key key_of(const struct fact_layout *layout, int field)
{
    struct fact_key key = {KEY_TEXT, find_field(&layout->texts, field)};
    if (key.number == FACT_NONE)
        key = (struct fact_key){KEY_DOUBLE, find_field(&layout->doubles, field)};
    if (key.number == FACT_NONE)
        key = (struct fact_key){KEY_INT64, find_field(&layout->int64s, field)};
    assert(key.number != FACT_NONE);
    return key;
}

/* Whether the field has a value in every record that the look-up can find: it is required, or a
 * key. */
static bool is_never_null(const struct model *model, const struct model_winner *rule, int field)
{
    return model_is_key(rule, field) ||
           model_field(model, rule->source, field)->need != NEED_OPTIONAL;
}

static void add_lookup(struct fact_layout *layout, size_t number)
{
    const struct model *model = layout->model;
    const struct model_lookup *lookup = &model->facts.lookups[number];
    struct fact_lookup *out = &layout->lookups[number];
    *out = (struct fact_lookup){.key_count = lookup->winner->key_count,
                                .first_string = layout->found.count,
                                .first_number = layout->found_numbers.count,
                                .is_never_null = true};
    for (size_t i = 0; i < out->key_count; i++)
        out->keys[i] = key_of(layout, lookup->fields[i]);
    for (size_t i = 0; i < layout->table->column_count; i++) {
        const struct model_column *column = &layout->table->columns[i];
        if (column->origin == FROM_LOOKUP && column->lookup == (int)number)
            add_found(layout, model_column_in_file(layout->table, (int)i), column);
    }
    out->string_count = layout->found.count - out->first_string;
    out->number_count = layout->found_numbers.count - out->first_number;
    for (size_t i = 0; i < out->string_count; i++)
        out->is_never_null &=
            is_never_null(model, lookup->winner, layout->found.all[out->first_string + i].field);
}

/* ---- Rules ----------------------------------------------------------------------------------- */

static bool is_plain(const struct model *model, const struct model_winner *rule, int field)
{
    const struct model_field *of = model_field(model, rule->source, field);
    return of->need != NEED_OPTIONAL && !model_is_text(of->type) && of->type != MODEL_DOUBLE;
}

/* Which word of a packed row is the number. */
static size_t word_of(const struct row_layout *layout, int field)
{
    size_t number = 0;
    while (layout->numbers[number] != field)
        number++;
    return 1 + number;
}

/* A rule over the facts, and the layout of its winners' rows. */
static void add_rule(struct fact_layout *layout, const struct model_winner *rule)
{
    struct fact_rule *out = &layout->rules[layout->rule_count++];
    *out = (struct fact_rule){.rule = rule, .key = FACT_NONE};
    row_layout_of_rule(&out->winner, layout->model, rule);
    for (size_t i = 0; i < rule->order_count; i++)
        if (!model_is_key(rule, rule->order[i].field))
            out->order[out->order_count++] = rule->order[i];
    out->is_first_plain = out->order_count && is_plain(layout->model, rule, out->order[0].field);
    if (out->is_first_plain)
        out->first_word = word_of(&out->winner, out->order[0].field);
    if (rule->key_count == 1)
        out->key = find_field(&layout->coded, rule->keys[0]);
    if (layout->guess_code == FACT_NONE)
        layout->guess_code = out->key;
}

/* Whether winners, guesses or the id are found by the codes of the column. */
static bool is_code_key(const struct fact_layout *layout, size_t column)
{
    bool is_key = column == layout->guess_code || column == layout->id_code;
    for (size_t i = 0; i < layout->rule_count; i++)
        is_key |= column == layout->rules[i].key;
    return is_key;
}

#define HOUR_US 3.6e9

static void add_id_field(struct fact_layout *layout, size_t number, int field)
{
    layout->id_types[number] = model_field(layout->model, layout->model->facts.source, field)->type;
    if (field == layout->time)
        layout->id_time_shift = (unsigned)ilogb(HOUR_US / (double)layout->time_unit_us) + 1;
}

void fact_layout_init(struct fact_layout *layout, const struct model *model)
{
    *layout = (struct fact_layout){.model = model,
                                   .time = model->facts.time,
                                   .id_column = FACT_NONE,
                                   .time_column = FACT_NONE,
                                   .guess_code = FACT_NONE};
    enum model_time_form form = model_field(model, model->facts.source, layout->time)->time_form;
    layout->time_unit_us = model_time_unit_us(form);
    layout->table_id = model_facts_table(model);
    layout->table = &model->tables[layout->table_id];
    layout->has_calendar = model_calendar_table(model) >= 0;
    period_layout_init(&layout->periods, layout->table, form);
    for (size_t i = 0; i < layout->table->column_count; i++)
        if (!layout->table->columns[i].partition)
            add_column(layout, model_column_in_file(layout->table, (int)i),
                       &layout->table->columns[i]);
    assert(layout->id_column != FACT_NONE && layout->time_column != FACT_NONE);
    for (size_t i = 0; i < model->facts.lookup_count; i++)
        add_lookup(layout, i);
    for (size_t i = 0; i < model->winner_count; i++)
        if (model->winners[i].source == model->facts.source)
            add_rule(layout, &model->winners[i]);
    for (size_t i = 0; i < model->facts.id_count; i++)
        add_id_field(layout, i, model->facts.id[i]);
    layout->id_code = find_field(&layout->coded, model->facts.id[0]);
    for (size_t i = 0; i < layout->coded.count; i++)
        layout->coded.all[i].is_code_key = is_code_key(layout, i);
}
