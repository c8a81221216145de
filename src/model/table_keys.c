/* Keys of tables, derived from the rules: a table's own key, and references to other tables. */
#include <model.h>

const struct model_column *model_find_column(const struct model_table *table,
                                             enum model_origin origin, int part)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].origin == origin && table->columns[i].part == part)
            return &table->columns[i];
    return NULL;
}

const struct model_column *model_column_named(const struct model_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

const char *model_calendar_column(const struct model_table *table, enum calendar_part part)
{
    const struct model_column *column = model_find_column(table, FROM_CALENDAR, (int)part);
    return column ? column->name : NULL;
}

int model_source_of(const struct model *model, const struct model_table *table)
{
    return table->rule ? table->rule->source : model->facts.source;
}

int model_key_column(const struct model_table *table)
{
    const struct model_column *key = NULL;
    if (table->rows == ROWS_WINNERS && table->rule->key_count == 1)
        key = model_find_column(table, FROM_FIELD, table->rule->keys[0]);
    else if (table->rows == ROWS_CALENDAR)
        key = model_find_column(table, FROM_CALENDAR, CALENDAR_TIME);
    else if (table->rows == ROWS_FACTS)
        key = model_find_column(table, FROM_ID, 0);
    return key ? (int)(key - table->columns) : -1;
}

bool model_is_key(const struct model_winner *rule, int field)
{
    for (size_t i = 0; i < rule->key_count; i++)
        if (rule->keys[i] == field)
            return true;
    return false;
}

static bool is_only_key(const struct model_table *table, int source, int field)
{
    return table->rows == ROWS_WINNERS && table->rule->source == source &&
           table->rule->key_count == 1 && table->rule->keys[0] == field;
}

int model_referenced_table(const struct model *model, const struct model_column *column)
{
    const struct model_facts *facts = &model->facts;
    for (int i = 0; i < (int)model->table_count; i++) {
        const struct model_table *table = &model->tables[i];
        bool is_found =
            column->origin == FROM_LOOKUP &&
            is_only_key(table, facts->lookups[column->lookup].winner->source, column->part);
        bool is_own =
            column->origin == FROM_FIELD && is_only_key(table, facts->source, column->part);
        bool is_time = column->origin == FROM_CALENDAR && column->part == CALENDAR_TIME &&
                       table->rows == ROWS_CALENDAR;
        if (is_found || is_own || is_time)
            return i;
    }
    return -1;
}

/* Of winners over the facts the state has what they are chosen by, in other columns. */
int model_list_of(const struct model *model, int table)
{
    const struct model_table *of = &model->tables[table];
    bool may_be = of->partition_count && of->rule && of->rule->source != model->facts.source;
    for (int i = (int)model->table_count; i < (int)model->all_count && may_be; i++)
        if (model->tables[i].rows == of->rows && model->tables[i].rule == of->rule)
            return i;
    return -1;
}

/* The first table from `begin` to `end` with such rows, by this rule unless it is NULL. */
static int find_rows(const struct model *model, size_t begin, size_t end, enum model_rows rows,
                     const struct model_winner *rule)
{
    for (size_t i = begin; i < end; i++)
        if (model->tables[i].rows == rows && (!rule || model->tables[i].rule == rule))
            return (int)i;
    return -1;
}

int model_facts_table(const struct model *model)
{
    return find_rows(model, 0, model->table_count, ROWS_FACTS, NULL);
}

int model_calendar_table(const struct model *model)
{
    return find_rows(model, 0, model->table_count, ROWS_CALENDAR, NULL);
}

int model_objects_table(const struct model *model)
{
    return find_rows(model, model->table_count, model->all_count, ROWS_OBJECTS, NULL);
}

int model_state_of(const struct model *model, const struct model_winner *rule)
{
    return find_rows(model, model->table_count, model->all_count, ROWS_WINNERS, rule);
}

int model_records_of(const struct model *model, int source)
{
    for (size_t i = model->table_count; i < model->all_count; i++)
        if (model->tables[i].rows == ROWS_RECORDS && model->tables[i].rule->source == source)
            return (int)i;
    return -1;
}

int model_find_table(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->table_count; i++)
        if (strcmp(model->tables[i].name, name) == 0)
            return (int)i;
    return -1;
}

int model_find_field(const struct model_source *source, struct str name)
{
    for (size_t i = 0; i < source->field_count; i++)
        if (str_equal(source->fields[i].name, name))
            return (int)i;
    return -1;
}

size_t model_column_in_file(const struct model_table *table, int column)
{
    size_t position = 0;
    for (int i = 0; i < column; i++)
        position += !table->columns[i].partition;
    return position;
}

/* ---- Models beside each other ---------------------------------------------------------------- */

static bool has_column(const struct model_table *table, const struct model_column *wanted)
{
    const struct model_column *column = model_column_named(table, wanted->name);
    return column && column->type == wanted->type;
}

static bool has_table(const struct model *model, const struct model_table *wanted)
{
    int id = model_find_table(model, wanted->name);
    bool is_there = id >= 0 && model->tables[id].rows == wanted->rows;
    for (size_t i = 0; is_there && i < wanted->column_count; i++)
        is_there = has_column(&model->tables[id], &wanted->columns[i]);
    return is_there;
}

bool model_includes(const struct model *model, const struct model *other)
{
    for (size_t i = 0; model != other && i < other->table_count; i++)
        if (!has_table(model, &other->tables[i]))
            return false;
    return true;
}
