/* Names come from a model, which allows letters, digits and "_" alone, but may be words of SQL:
 * all are quoted. The numbers of days, values and columns have a limit each, and so the page.
 *
 * To count the values of a column that are nearly all different would need memory for all of them:
 * such a column is told by approx_count_distinct, which needs little, and left without an answer.
 */
#include "model_sections.h"

#define MAX_DAYS     400
#define MAX_MONTHS   240
#define MAX_TOPS     12
#define TOP_VALUES   10
#define MAX_DISTINCT 1000000 /* values of a column, to count each */
#define MAX_COLUMNS  128     /* of all tables */

/* ---- The time of a fact ---------------------------------------------------------------------- */

/* Appends an expression for the day of a fact, or its month; false where its columns do not say. */
static bool append_day(const struct model_table *facts, bool is_month, struct buffer *out)
{
    const char *time = model_calendar_column(facts, CALENDAR_TIME);
    const char *date = model_calendar_column(facts, CALENDAR_DATE);
    const char *year = model_calendar_column(facts, CALENDAR_YEAR);
    const char *month = model_calendar_column(facts, CALENDAR_MONTH);
    const char *day = model_calendar_column(facts, CALENDAR_DAY);
    if (time || date)
        buffer_appendf(
            out, is_month ? "CAST(date_trunc('month', \"%s\") AS DATE)" : "CAST(\"%s\" AS DATE)",
            time ? time : date);
    else if (year && month && is_month)
        buffer_appendf(out, "make_date(\"%s\", \"%s\", 1)", year, month);
    else if (year && month && day)
        buffer_appendf(out, "make_date(\"%s\", \"%s\", \"%s\")", year, month, day);
    else
        return false;
    return true;
}

void model_sections_append_totals(const struct model *model, struct buffer *out)
{
    const struct model_table *facts = model_table_of_facts(model);
    CLEANUP(buffer_release) struct buffer time = {0};
    const char *column = model_calendar_column(facts, CALENDAR_TIME);
    if (column)
        buffer_appendf(&time, "\"%s\"", column);
    else if (!append_day(facts, false, &time) && !append_day(facts, true, &time))
        buffer_append_str(&time, STR("NULL"));
    buffer_appendf(out,
                   "SELECT CAST(min(%s) AS TIMESTAMP) AS \"first\", "
                   "CAST(max(%s) AS TIMESTAMP) AS \"last\", count(*) AS \"rows\"\nFROM \"%s\"",
                   buffer_text(&time), buffer_text(&time), facts->name);
}

/* ---- Sections -------------------------------------------------------------------------------- */

static void add(struct model_sections *sections, const char *kind, struct str name,
                struct str about, const struct buffer *sql)
{
    *MEM_ADD(sections->all, sections->count, sections->cap) = (struct model_section){
        .kind = kind,
        .name = arena_copy(&sections->arena, name),
        .about = about,
        .sql = arena_copy(&sections->arena, buffer_str(sql)),
    };
}

/* Rows of each day or month: the newest ones, in the order of time. */
static void add_times(struct model_sections *sections, const struct model_table *facts,
                      bool is_month)
{
    CLEANUP(buffer_release) struct buffer sql = {0}, day = {0};
    const char *word = is_month ? "month" : "day";
    struct str name = is_month ? STR("months") : STR("days");
    if (!append_day(facts, is_month, &day))
        return;
    buffer_appendf(
        &sql,
        "-- Rows of each of the last %d %ss that have any.\n"
        "SELECT \"%s\", \"rows\"\nFROM (\n"
        "    SELECT %s AS \"%s\", count(*) AS \"rows\"\n    FROM \"%s\"\n"
        "    GROUP BY 1\n    ORDER BY 1 DESC\n    LIMIT %d\n) AS newest\nORDER BY \"%s\"",
        is_month ? MAX_MONTHS : MAX_DAYS, word, word, buffer_text(&day), word, facts->name,
        is_month ? MAX_MONTHS : MAX_DAYS, word);
    add(sections, name.data, name, name, &sql);
}

static void add_hours(struct model_sections *sections, const struct model_table *facts)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    const char *time = model_calendar_column(facts, CALENDAR_TIME);
    if (!time)
        return;
    buffer_appendf(&sql,
                   "-- Rows by weekday (1 = Sunday) and hour, UTC.\n"
                   "SELECT CAST(extract(dow FROM \"%s\") AS INTEGER) + 1 AS \"weekday\",\n"
                   "       CAST(extract(hour FROM \"%s\") AS INTEGER) AS \"hour\", "
                   "count(*) AS \"rows\"\n"
                   "FROM \"%s\"\nGROUP BY 1, 2\nORDER BY 1, 2",
                   time, time, facts->name);
    add(sections, "hours", STR("hours"), STR("hours"), &sql);
}

/* ---- The most frequent values ---------------------------------------------------------------- */

/* The dimension in whose records a look-up searches for the column alone; NULL: none. */
static const struct model_table *searched_by(const struct model *model,
                                             const struct model_column *column)
{
    for (size_t i = 0; i < model->facts.lookup_count; i++) {
        const struct model_lookup *lookup = &model->facts.lookups[i];
        const struct model_winner *winner = lookup->winner;
        if (column->origin != FROM_FIELD || winner->key_count > 1 ||
            lookup->fields[0] != column->part)
            continue;
        for (size_t j = 0; j < model->table_count; j++) {
            const struct model_table *table = &model->tables[j];
            if (table->rows == ROWS_WINNERS && table->rule->source == winner->source &&
                table->rule->key_count == 1 && table->rule->keys[0] == winner->keys[0])
                return table;
        }
    }
    return NULL;
}

/* The dimension that the column is a key of; NULL: of none, or of the calendar. */
static const struct model_table *dimension_of(const struct model *model,
                                              const struct model_column *column)
{
    size_t table = (size_t)model_referenced_table(model, column);
    return table < model->table_count && model->tables[table].rows == ROWS_WINNERS
               ? &model->tables[table]
               : searched_by(model, column);
}

#define NO_NAME 20

/* How well a text says which row it is of: the smaller the better. */
static int rank_of_name(const char *name)
{
    static const char *const known[] = {"name", "title", "label", "login", "full_name"};
    size_t len = strlen(name);
    for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
        if (strcmp(name, known[i]) == 0)
            return (int)i;
    return len > 4 && strcmp(name + len - 4, "name") == 0 ? 10 : NO_NAME;
}

/* The column that names a dimension's rows for people; NULL: its key must do. */
static const char *name_column(const struct model_table *dimension)
{
    const char *best = NULL;
    int rank = NO_NAME;
    for (size_t i = 0; i < dimension->column_count; i++) {
        const struct model_column *column = &dimension->columns[i];
        bool is_text = column->type == MODEL_STRING && (int)i != model_key_column(dimension);
        if (!is_text || rank_of_name(column->name) >= rank)
            continue;
        best = column->name;
        rank = rank_of_name(best);
    }
    return best;
}

/* Values that are worth counting: texts, yes and no, and the keys of dimensions. */
static bool is_countable(const struct model *model, const struct model_column *column)
{
    if (column->origin != FROM_FIELD && column->origin != FROM_LOOKUP)
        return false;
    return column->type == MODEL_STRING || column->type == MODEL_BOOL ||
           dimension_of(model, column) != NULL;
}

static void append_counts(const struct model_table *facts, const char *column, const char *indent,
                          struct buffer *out)
{
    buffer_appendf(out,
                   "%sSELECT \"%s\" AS \"value\", count(*) AS \"rows\"\n%sFROM \"%s\"\n"
                   "%sWHERE (SELECT approx_count_distinct(\"%s\") FROM \"%s\") <= %d\n"
                   "%sGROUP BY 1\n%sORDER BY 2 DESC, 1\n%sLIMIT %d",
                   indent, column, indent, facts->name, indent, column, facts->name, MAX_DISTINCT,
                   indent, indent, indent, TOP_VALUES);
}

static void add_top(struct model_sections *sections, const struct model *model,
                    const struct model_table *facts, const struct model_column *column)
{
    CLEANUP(buffer_release) struct buffer sql = {0}, name = {0};
    const struct model_table *dimension = dimension_of(model, column);
    const char *named = dimension ? name_column(dimension) : NULL;
    buffer_appendf(&name, "top-%s", column->name);
    buffer_appendf(&sql, "-- The most frequent values of %s.\n", column->name);
    if (!named) {
        append_counts(facts, column->name, "", &sql);
    } else {
        buffer_appendf(
            &sql, "SELECT top.\"value\", named.\"%s\" AS \"name\", top.\"rows\"\nFROM (\n", named);
        append_counts(facts, column->name, "    ", &sql);
        buffer_appendf(&sql,
                       "\n) AS top\nLEFT JOIN \"%s\" AS named ON named.\"%s\" = top.\"value\"\n"
                       "ORDER BY top.\"rows\" DESC, top.\"value\"",
                       dimension->name, dimension->columns[model_key_column(dimension)].name);
    }
    add(sections, "top", buffer_str(&name), str_of(column->name), &sql);
}

static void add_tops(struct model_sections *sections, const struct model *model)
{
    const struct model_table *facts = model_table_of_facts(model);
    size_t added = 0;
    for (size_t i = 0; i < facts->column_count && added < MAX_TOPS; i++) {
        if (!is_countable(model, &facts->columns[i]))
            continue;
        add_top(sections, model, facts, &facts->columns[i]);
        added++;
    }
}

/* ---- The model's own ------------------------------------------------------------------------- */

static void add_charts(struct model_sections *sections, const struct model *model)
{
    for (size_t i = 0; i < model->chart_count; i++) {
        CLEANUP(buffer_release) struct buffer name = {0}, sql = {0};
        buffer_append_str(&name, STR("chart-"));
        buffer_append_str(&name, model->charts[i].name);
        buffer_append_str(&sql, model->charts[i].sql);
        add(sections, "chart", buffer_str(&name), model->charts[i].name, &sql);
    }
}

/* ---- The data's health ----------------------------------------------------------------------- */

/* True for what a look-up finds in every record of its source: null where it finds no record. */
static bool is_always_found(const struct model *model, const struct model_column *column)
{
    if (column->origin != FROM_LOOKUP)
        return false;
    const struct model_lookup *lookup = &model->facts.lookups[column->lookup];
    const struct model_field *field = model_field(model, lookup->winner->source, column->part);
    return field->need == NEED_ALWAYS || field->need == NEED_KEPT;
}

static void append_key(const struct model *model, const struct model_table *facts,
                       const struct model_column *column, struct buffer *out)
{
    const struct model_table *dimension = dimension_of(model, column);
    bool is_searched = dimension && dimension == searched_by(model, column);
    const char *key = dimension ? dimension->columns[model_key_column(dimension)].name : "";
    buffer_appendf(out, "SELECT '%s' AS \"column\", ", column->name);
    if (dimension)
        buffer_appendf(out,
                       "'%s' AS \"dimension\",\n       (SELECT count(*) FROM \"%s\") AS "
                       "\"dimension_rows\",\n",
                       dimension->name, dimension->name);
    else
        buffer_append_str(out, STR("NULL AS \"dimension\",\n       NULL AS \"dimension_rows\",\n"));
    buffer_appendf(out,
                   "       count(DISTINCT facts.\"%s\") AS \"keys\", count(*) AS \"rows\",\n"
                   "       count(*) - count(%s.\"%s\") AS \"unmatched\"\nFROM \"%s\" AS facts",
                   column->name, is_searched ? "found" : "facts", is_searched ? key : column->name,
                   facts->name);
    if (is_searched)
        buffer_appendf(out, "\nLEFT JOIN \"%s\" AS found ON found.\"%s\" = facts.\"%s\"",
                       dimension->name, key, column->name);
}

static void add_keys(struct model_sections *sections, const struct model *model)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    const struct model_table *facts = model_table_of_facts(model);
    size_t count = 0;
    buffer_append_str(&sql, STR("-- How many keys the facts have, how many rows the dimension, and "
                                "how many facts have no key.\n"));
    for (size_t i = 0; i < facts->column_count; i++) {
        const struct model_column *column = &facts->columns[i];
        if (!dimension_of(model, column) && !is_always_found(model, column))
            continue;
        buffer_append_str(&sql, count++ ? STR("\nUNION ALL\n") : STR(""));
        append_key(model, facts, column, &sql);
    }
    if (count)
        add(sections, "keys", STR("keys"), STR("keys"), &sql);
}

/* "['a', 'b']", "[count("a"), count("b")]" */
static void append_list(const struct model_table *table, size_t count, const char *begin,
                        const char *end, struct buffer *out)
{
    for (size_t i = 0; i < count; i++)
        buffer_appendf(out, "%s%s%s%s", i ? ", " : "[", begin, table->columns[i].name, end);
    buffer_append_char(out, ']');
}

static void append_columns(const struct model_table *table, size_t count, struct buffer *out)
{
    buffer_appendf(out, "SELECT '%s' AS \"table\", unnest(", table->name);
    append_list(table, count, "'", "'", out);
    buffer_append_str(out,
                      STR(") AS \"column\",\n       \"rows\", \"rows\" - unnest(\"filled\") AS "
                          "\"nulls\", unnest(\"kinds\") AS \"distinct\"\nFROM (\n"
                          "    SELECT count(*) AS \"rows\", "));
    append_list(table, count, "count(\"", "\")", out);
    buffer_append_str(out, STR(" AS \"filled\",\n        "));
    append_list(table, count, "approx_count_distinct(\"", "\")", out);
    buffer_appendf(out, " AS \"kinds\"\n    FROM \"%s\"\n) AS counted", table->name);
}

/* The facts first; the calendar follows from them. */
static void add_columns(struct model_sections *sections, const struct model *model)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    const struct model_table *facts = model_table_of_facts(model);
    size_t left = MAX_COLUMNS - facts->column_count;
    buffer_append_str(&sql, STR("-- In how many rows each column has no value, and about how many "
                                "different ones it has.\n"));
    append_columns(facts, facts->column_count, &sql);
    for (size_t i = 0; i < model->table_count && left; i++) {
        const struct model_table *table = &model->tables[i];
        size_t count = table->column_count < left ? table->column_count : left;
        if (table->rows != ROWS_WINNERS)
            continue;
        buffer_append_str(&sql, STR("\nUNION ALL\n"));
        append_columns(table, count, &sql);
        left -= count;
    }
    add(sections, "columns", STR("columns"), STR("columns"), &sql);
}

void model_sections_init(struct model_sections *sections, const struct model *model)
{
    const struct model_table *facts = model_table_of_facts(model);
    *sections = (struct model_sections){0};
    add_times(sections, facts, false);
    add_times(sections, facts, true);
    add_hours(sections, facts);
    add_tops(sections, model);
    add_charts(sections, model);
    add_keys(sections, model);
    add_columns(sections, model);
}

void model_sections_release(struct model_sections *sections)
{
    mem_free(sections->all);
    arena_release(&sections->arena);
    *sections = (struct model_sections){0};
}
