/* The tables of the state, which follow from those of readers: what was read, what facts are looked
 * up in, the newest record of each key of a dimension over the facts, all rows of a partitioned
 * dimension in one file, and the records of the dimensions' sources that win.
 *
 * Times stand there as integers in the unit of their field, except in the lists, which have the
 * columns of their table. */
#include "model_build.h"
#include "model_words.h"

#include <ctype.h>
#include <model_parse.h>
#include <strings.h>

#define STATE_FOLDER "_sparkify/state/"

#define COLUMN(name_, type_, nullable_)                                                            \
    {                                                                                              \
        .name = (name_), .type = (type_), .nullable = (nullable_), .origin = FROM_INPUT,           \
        .from = ""                                                                                 \
    }

static const struct model_column objects_columns[] = {
    [OBJECTS_KEY] = COLUMN("key", MODEL_STRING, false),
    [OBJECTS_BYTES] = COLUMN("bytes", MODEL_INT64, false),
    [OBJECTS_IDENTITY] = COLUMN("identity", MODEL_INT64, false),
    [OBJECTS_FORMAT] = COLUMN("format", MODEL_INT32, true),
    [OBJECTS_GONE_SINCE] = COLUMN("gone_since", MODEL_STRING, true),
    [OBJECTS_LACKS] = COLUMN("lacks", MODEL_STRING, true),
};

/* ---- Names of columns ------------------------------------------------------------------------ */

/* "item_in_session" for itemInSession, "actor_login" for actor.login. */
static void append_snake(struct str path, struct buffer *out)
{
    size_t start = out->len;
    for (size_t i = 0; i < path.len && out->len - start < MODEL_MAX_NAME_BYTES - 4; i++) {
        unsigned char c = (unsigned char)path.data[i];
        bool is_after_small = i > 0 && (islower((unsigned char)path.data[i - 1]) ||
                                        isdigit((unsigned char)path.data[i - 1]));
        bool has_gap = out->len > start && out->data[out->len - 1] != '_';
        if (isupper(c) && is_after_small && has_gap)
            buffer_append_char(out, '_');
        if (c < 0x80 && isalnum(c))
            buffer_append_char(out, (char)tolower(c));
        else if (has_gap)
            buffer_append_char(out, '_');
    }
    while (out->len > start && out->data[out->len - 1] == '_')
        out->len--;
    if (out->len == start || isdigit((unsigned char)out->data[start]))
        buffer_append_str(out, STR("field"));
}

static const char *state_name(struct model_builder *builder, const struct model_source *source,
                              int field)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    for (size_t i = 0; i < source->state_name_count; i++)
        if (source->state_names[i].field == field)
            return source->state_names[i].name;
    append_snake(source->fields[field].name, &name);
    return arena_text(builder->arena, buffer_str(&name));
}

static bool has_column(const struct model_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcasecmp(table->columns[i].name, name) == 0)
            return true;
    return false;
}

static const char *unique_name(struct model_builder *builder, const struct model_table *table,
                               const char *name)
{
    const char *unique = name;
    for (int n = 2; has_column(table, unique); n++)
        unique = model_builder_text(builder, "%s_%d", name, n);
    return unique;
}

/* ---- Columns --------------------------------------------------------------------------------- */

/* Adds the column of a field, unless the table has one; `name` may be NULL. */
static void add_field(struct model_builder *builder, struct model_table *table, int field,
                      const char *name)
{
    const struct model_source *source = &builder->parsed->sources[table->rule->source];
    if (model_find_column(table, FROM_FIELD, field))
        return;
    name = unique_name(builder, table, name ? name : state_name(builder, source, field));
    struct model_column column = model_column_of_field(&source->fields[field], field, name);
    column.from = "";
    if (column.type == MODEL_TIMESTAMP)
        column.type = MODEL_INT64;
    if (table->rows == ROWS_WINNERS && model_is_key(table->rule, field))
        column.nullable = false; /* records with a null key are ignored */
    model_builder_columns(builder, table)[table->column_count++] = column;
}

/* A folder that no other table of the state has. */
static const char *folder_of(struct model_builder *builder, const char *name)
{
    const struct model *model = builder->model;
    const char *folder = model_builder_text(builder, STATE_FOLDER "%s", name);
    for (size_t i = model->table_count; i < model->all_count; i++)
        if (strcasecmp(builder->parsed->tables[i].folder, folder) == 0) {
            folder = model_builder_text(builder, "%s_", folder);
            i = model->table_count - 1;
        }
    return folder;
}

static enum status add_table(struct model_builder *builder, struct model_table table,
                             const char *folder, struct model_table **out)
{
    struct model *model = builder->model;
    *out = builder->parsed->tables;
    if (model->all_count == MODEL_MAX_TABLES)
        return nodes_wrong(&builder->nodes, NULL,
                           "the model has too many tables: with those of its state it would have "
                           "more than %d",
                           MODEL_MAX_TABLES);
    table.folder = folder_of(builder, folder);
    table.schema = 1;
    *out = &builder->parsed->tables[model->all_count++];
    **out = table;
    if (!table.columns)
        (*out)->columns = model_builder_columns(builder, *out);
    return STATUS_OK;
}

/* ---- The tables ------------------------------------------------------------------------------ */

static enum status add_objects(struct model_builder *builder)
{
    struct model_table *table;
    TRY(add_table(builder,
                  (struct model_table){.name = "objects read",
                                       .rows = ROWS_OBJECTS,
                                       .columns = objects_columns,
                                       .column_count = ARRAY_LENGTH(objects_columns),
                                       .one_row_for = "key",
                                       .winner = ""},
                  "objects", &table));
    table->schema = 4;
    return STATUS_OK;
}

/* What facts are looked up in: keys, order, and fields that columns have. */
static enum status add_lookup(struct model_builder *builder, const struct model_lookup *lookup)
{
    CLEANUP(buffer_release) struct buffer words = {0};
    const struct model_winner *rule = lookup->winner;
    struct model_table *table;
    const char *name =
        model_builder_text(builder, "%s to match", builder->parsed->sources[rule->source].name);
    TRY(add_table(builder,
                  (struct model_table){
                      .name = name, .rows = ROWS_WINNERS, .rule = rule, .one_row_for = "match"},
                  lookup->name, &table));
    for (size_t i = 0; i < rule->key_count; i++)
        add_field(builder, table, rule->keys[i], NULL);
    for (size_t i = 0; i < rule->order_count; i++)
        add_field(builder, table, rule->order[i].field, NULL);
    model_words_winner(builder->model, table, &words);
    table->winner = arena_text(builder->arena, buffer_str(&words));
    return STATUS_OK;
}

/* The newest record of each key of a dimension over the facts: keys, what of the order is no column
 * of the dimension, its columns. */
static enum status add_newest(struct model_builder *builder, const struct model_table *of)
{
    const struct model_winner *rule = of->rule;
    struct model_table *table;
    const char *rows = model_builder_text(builder, "newest %ss", builder->model->row_noun);
    TRY(add_table(builder,
                  (struct model_table){.name = rows,
                                       .rows = ROWS_WINNERS,
                                       .rule = rule,
                                       .one_row_for = of->one_row_for,
                                       .winner = model_builder_text(builder, "as in %s", of->name)},
                  of->name, &table));
    for (size_t i = 0; i < rule->key_count; i++)
        add_field(builder, table, rule->keys[i],
                  model_find_column(of, FROM_FIELD, rule->keys[i])->name);
    for (size_t i = 0; i < rule->order_count; i++)
        if (!model_find_column(of, FROM_FIELD, rule->order[i].field))
            add_field(builder, table, rule->order[i].field, NULL);
    for (size_t i = 0; i < of->column_count; i++)
        add_field(builder, table, of->columns[i].part, of->columns[i].name);
    return STATUS_OK;
}

/* All rows of a partitioned table in one file: opening a file for each partition is what makes
 * readers slow. */
static enum status add_list(struct model_builder *builder, const struct model_table *of)
{
    struct model_table *table;
    TRY(add_table(builder,
                  (struct model_table){.name = model_builder_text(builder, "all %s", of->name),
                                       .rows = ROWS_WINNERS,
                                       .rule = of->rule,
                                       .column_count = of->column_count,
                                       .one_row_for = of->one_row_for,
                                       .winner = model_builder_text(builder, "as in %s", of->name)},
                  of->name, &table));
    struct model_column *columns = model_builder_columns(builder, table);
    for (size_t i = 0; i < of->column_count; i++) {
        columns[i] = of->columns[i];
        columns[i].empty_is_null =
            columns[i].partition && columns[i].nullable && columns[i].type == MODEL_STRING;
        columns[i].partition = false;
        columns[i].from = "";
    }
    return STATUS_OK;
}

/* "as in songs, artists and matches": of the rules over a source. */
static const char *words_of_rules(struct model_builder *builder, int source)
{
    CLEANUP(buffer_release) struct buffer words = {0};
    const struct model *model = builder->model;
    const char *names[MODEL_MAX_TABLES];
    size_t count = 0;
    for (size_t i = 0; i < model->table_count; i++)
        if (model->tables[i].rule && model->tables[i].rule->source == source)
            names[count++] = model->tables[i].name;
    for (size_t i = 0; i < model->facts.lookup_count; i++)
        if (model->facts.lookups[i].winner->source == source)
            names[count++] = model->facts.lookups[i].name;
    buffer_append_str(&words, STR("as in "));
    for (size_t i = 0; i < count; i++)
        buffer_appendf(&words, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " and ", names[i]);
    return arena_text(builder->arena, buffer_str(&words));
}

static const struct model_winner *first_rule(const struct model *model, int source)
{
    for (size_t i = 0; i < model->winner_count; i++)
        if (model->winners[i].source == source)
            return &model->winners[i];
    return NULL;
}

static size_t count_sources(const struct model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->source_count; i++)
        count += (int)i != model->facts.source && first_rule(model, (int)i);
    return count;
}

/* The records of a dimensions' source that win by any rule, of which `rule` is the first: all
 * fields that a rule or a table uses. */
static enum status add_records(struct model_builder *builder, const struct model_winner *rule)
{
    const struct model *model = builder->model;
    int source = rule->source;
    const struct model_source *of = &builder->parsed->sources[source];
    const char *folder =
        count_sources(model) == 1 ? "records" : model_builder_text(builder, "records_%s", of->name);
    struct model_table *table;
    TRY(add_table(builder,
                  (struct model_table){.name = model_builder_text(builder, "%s records", of->noun),
                                       .rows = ROWS_RECORDS,
                                       .rule = rule,
                                       .one_row_for = "record",
                                       .winner = words_of_rules(builder, source)},
                  folder, &table));
    uint64_t rules = builder->used[source];
    for (size_t i = 0; i < of->state_name_count; i++)
        if (rules & UINT64_C(1) << of->state_names[i].field)
            add_field(builder, table, of->state_names[i].field, NULL);
    for (size_t i = 0; i < of->field_count; i++)
        if (rules & UINT64_C(1) << i)
            add_field(builder, table, (int)i, NULL);
    return STATUS_OK;
}

static bool is_of_facts(const struct model *model, const struct model_table *table)
{
    return table->rule && table->rule->source == model->facts.source;
}

enum status model_build_state(struct model_builder *builder)
{
    const struct model *model = builder->model;
    TRY(add_objects(builder));
    for (size_t i = 0; i < model->facts.lookup_count; i++)
        TRY(add_lookup(builder, &model->facts.lookups[i]));
    for (size_t i = 0; i < model->table_count; i++)
        if (is_of_facts(model, &model->tables[i]))
            TRY(add_newest(builder, &model->tables[i]));
    for (size_t i = 0; i < model->table_count; i++)
        if (model->tables[i].rule && !is_of_facts(model, &model->tables[i]) &&
            model->tables[i].partition_count)
            TRY(add_list(builder, &model->tables[i]));
    for (int i = 0; i < (int)model->source_count; i++) {
        const struct model_winner *rule = first_rule(model, i);
        if (rule && i != model->facts.source)
            TRY(add_records(builder, rule));
    }
    return STATUS_OK;
}
