/* What columns and rows are, in words, for `sparkify schema`: derived of the rules, so that a
 * model's author need not write them. */
#include "model_words.h"

const char *const model_part_words[CALENDAR_PARTS] = {"time",  "hour", "day",     "week",
                                                      "month", "year", "weekday", "date"};

/* The records of a source: "songs", and of the facts' source "plays". */
static void append_records(const struct model *model, int source, struct buffer *out)
{
    if (source == model->facts.source)
        buffer_appendf(out, "%ss", model->row_noun);
    else
        buffer_append_str(out, str_of(model->sources[source].name));
}

/* ---- Columns --------------------------------------------------------------------------------- */

static void append_field(const struct model *model, int source, int number, struct buffer *out)
{
    const struct model_field *field = model_field(model, source, number);
    append_records(model, source, out);
    buffer_appendf(out, ": %.*s%s", STR_ARG(field->name),
                   field->zero_for_null ? ", 0 where it is null" : "");
}

static void append_calendar(const struct model *model, const struct model_table *table,
                            enum calendar_part part, struct buffer *out)
{
    static const char *const notes[CALENDAR_PARTS] = {
        [CALENDAR_HOUR] = ": 0 to 23, UTC", [CALENDAR_DAY] = ": day of the month",
        [CALENDAR_WEEK] = ": ISO week",     [CALENDAR_WEEKDAY] = ": 1 = Sunday … 7 = Saturday",
        [CALENDAR_DATE] = ": its day, UTC",
    };
    const char *time = model_calendar_column(table, CALENDAR_TIME);
    if (part == CALENDAR_TIME) {
        append_field(model, model->facts.source, model->facts.time, out);
        return;
    }
    buffer_append_str(out, str_of(time ? time : "time"));
    if (notes[part])
        buffer_append_str(out, str_of(notes[part]));
}

static void append_id(const struct model *model, struct buffer *out)
{
    const struct model_facts *facts = &model->facts;
    buffer_append_str(out, STR("xxhash64("));
    for (size_t i = 0; i < facts->id_count; i++)
        buffer_appendf(out, "%s%.*s", i ? ", " : "",
                       STR_ARG(model_field(model, facts->source, facts->id[i])->name));
    buffer_append_char(out, ')');
}

/* The first column that comes of a look-up names its keys. */
static void append_lookup(const struct model *model, const struct model_table *table, int column,
                          struct buffer *out)
{
    const struct model_column *of = &table->columns[column];
    const struct model_winner *winner = model->facts.lookups[of->lookup].winner;
    const struct model_source *source = &model->sources[winner->source];
    buffer_appendf(out, "%s: %.*s", source->name, STR_ARG(source->fields[of->part].name));
    for (int i = 0; i < column; i++)
        if (table->columns[i].origin == FROM_LOOKUP && table->columns[i].lookup == of->lookup) {
            buffer_appendf(out, " of the same %s record", source->noun);
            return;
        }
    buffer_append_str(out, STR(", where "));
    for (size_t i = 0; i < winner->key_count; i++)
        buffer_appendf(out, "%s%.*s", i ? ", " : "", STR_ARG(source->fields[winner->keys[i]].name));
    buffer_append_str(out, STR(" match"));
}

void model_words_column(const struct model *model, const struct model_table *table, int column,
                        struct buffer *out)
{
    const struct model_column *of = &table->columns[column];
    int source = model_source_of(model, table);
    switch (of->origin) {
    case FROM_FIELD:
        append_field(model, source, of->part, out);
        break;
    case FROM_ID:
        append_id(model, out);
        break;
    case FROM_LOOKUP:
        append_lookup(model, table, column, out);
        break;
    case FROM_CALENDAR:
        append_calendar(model, table, (enum calendar_part)of->part, out);
        break;
    case FROM_INPUT:
        break;
    }
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* The name of the table's column that the field fills, else the field's. */
static struct str name_of_field(const struct model *model, const struct model_table *table,
                                int field)
{
    const struct model_column *column = model_find_column(table, FROM_FIELD, field);
    return column ? str_of(column->name) : model_field(model, table->rule->source, field)->name;
}

void model_words_rows(const struct model *model, const struct model_table *table,
                      struct buffer *out)
{
    const char *time = model_calendar_column(table, CALENDAR_TIME);
    if (table->rows == ROWS_FACTS)
        buffer_append_str(out, str_of(model->row_noun));
    if (table->rows == ROWS_CALENDAR)
        buffer_appendf(out, "distinct %s of the %ss", time ? time : "time", model->row_noun);
    if (table->rows == ROWS_WINNERS)
        for (size_t i = 0; i < table->rule->key_count; i++)
            buffer_appendf(out, "%s%.*s", i ? ", " : "",
                           STR_ARG(name_of_field(model, table, table->rule->keys[i])));
}

/* Steps [from, to) of the order, all of one direction. */
static void append_steps(const struct model *model, const struct model_table *table, size_t from,
                         size_t to, struct buffer *out)
{
    const struct model_order *order = table->rule->order;
    const char *direction = order[from].is_greatest ? "greatest" : "least";
    buffer_appendf(out, "%s%s %s", from ? "; then " : "", direction, to - from > 1 ? "(" : "");
    for (size_t i = from; i < to; i++)
        buffer_appendf(out, "%s%.*s", i > from ? ", " : "",
                       STR_ARG(name_of_field(model, table, order[i].field)));
    if (to - from > 1)
        buffer_append_char(out, ')');
}

void model_words_winner(const struct model *model, const struct model_table *table,
                        struct buffer *out)
{
    if (table->rows != ROWS_WINNERS)
        return;
    const struct model_winner *rule = table->rule;
    for (size_t from = 0, to; from < rule->order_count; from = to) {
        for (to = from + 1; to < rule->order_count &&
                            rule->order[to].is_greatest == rule->order[from].is_greatest;)
            to++;
        append_steps(model, table, from, to, out);
    }
}
