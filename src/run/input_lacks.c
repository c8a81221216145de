/* What rows lack that came of objects which were read with an older model.
 *
 * A field that no column had is in no table: for rows of files that were read then its value is
 * not known until they are read again, which files that are gone never are. A full run that keeps
 * their rows must tell them from the rows of files that are there, and those differ from what was
 * stored in just these columns. So each object's record says what it lacks. */
#include "input_lacks.h"

/* ---- Names ----------------------------------------------------------------------------------- */

static void append_column(struct buffer *out, const struct model_table *table, const char *column)
{
    buffer_appendf(out, "%s%s.%s", out->len ? " " : "", table->name, column);
}

/* The source of the records that the column is made of; -1: it is made of none. */
static int source_of(const struct model *model, const struct model_table *table,
                     const struct model_column *column)
{
    if (column->origin == FROM_LOOKUP)
        return model->facts.lookups[column->lookup].winner->source;
    return column->origin == FROM_FIELD ? model_source_of(model, table) : -1;
}

void input_append_gained(const struct lake *lake, const struct model *model, int source,
                         struct buffer *out)
{
    for (int id = 0; id < (int)model->table_count; id++) {
        const struct model_table *table = &model->tables[id];
        uint64_t gained = lake_gained_columns(lake, id);
        for (size_t i = 0; i < table->column_count; i++)
            if (gained >> i & 1 && source_of(model, table, &table->columns[i]) == source)
                append_column(out, table, table->columns[i].name);
    }
}

/* The next name; removed from the front of the text. */
static struct str next_name(struct str *text)
{
    const char *blank = memchr(text->data, ' ', text->len);
    struct str name = {text->data, blank ? (size_t)(blank - text->data) : text->len};
    *text = str_from(*text, name.len + (blank != NULL));
    return name;
}

static bool is_column(struct str name, const struct model_table *table, const char *column)
{
    size_t folder = strlen(table->name);
    return name.len > folder && name.data[folder] == '.' &&
           memcmp(name.data, table->name, folder) == 0 &&
           str_equal(str_from(name, folder + 1), str_of(column));
}

/* The columns of a table that are among those: bit i for column i. */
static uint64_t columns_among(struct str lacks, const struct model_table *table)
{
    uint64_t columns = 0;
    while (lacks.len) {
        struct str name = next_name(&lacks);
        for (size_t i = 0; i < table->column_count; i++)
            columns |= (uint64_t)is_column(name, table, table->columns[i].name) << i;
    }
    return columns;
}

/* ---- Objects --------------------------------------------------------------------------------- */

/* The columns of facts that are looked up. */
static uint64_t looked_up_columns(const struct model *model)
{
    const struct model_facts *facts = &model->facts;
    const struct model_table *table = model_table_of_facts(model);
    uint64_t columns = 0;
    for (size_t i = 0; i < facts->lookup_count; i++)
        for (size_t key = 0; key < facts->lookups[i].winner->key_count; key++)
            columns |= UINT64_C(1)
                       << (model_find_column(table, FROM_FIELD, facts->lookups[i].fields[key]) -
                           table->columns);
    return columns;
}

/* What has come to the built-in model since the object was read, unless its record says so. */
static void append_of_formats(struct buffer *out, int32_t read)
{
    for (int32_t format = read < 1 ? 2 : read + 1; format <= MODEL_FORMAT; format++) {
        struct str columns = str_of(model_builtin_columns(format));
        if (!out->len || !memmem(out->data, out->len, columns.data, columns.len))
            buffer_appendf(out, "%s%.*s", out->len ? " " : "", STR_ARG(columns));
    }
}

static void add_lacked(struct input_diff *diff, uint64_t columns)
{
    for (size_t i = 0; i < diff->lacked_count; i++)
        if (diff->lacked[i] == columns)
            return;
    *MEM_ADD(diff->lacked, diff->lacked_count, diff->lacked_cap) = columns;
}

/* The same text that an object before it had, or a copy. */
static struct str remember(struct input_diff *diff, int number, struct str lacks)
{
    struct source_diff *source = &diff->sources[number];
    for (size_t i = 0; i < source->lacking_count; i++)
        if (str_equal(source->lacking[i], lacks))
            return source->lacking[i];
    struct str *added = MEM_ADD(source->lacking, source->lacking_count, source->lacking_cap);
    *added = arena_copy(&diff->arena, lacks);
    uint64_t columns = columns_among(lacks, model_table_of_facts(diff->model));
    if (number == diff->model->facts.source && columns)
        add_lacked(diff, columns);
    return *added;
}

struct str input_lacks(struct input_diff *diff, int source, const struct recorded_object *recorded,
                       struct str gained)
{
    CLEANUP(buffer_release) struct buffer lacks = {0};
    buffer_append_str(&lacks, recorded->lacks);
    if (source == diff->model->facts.source)
        append_of_formats(&lacks, recorded->format);
    buffer_append_str(&lacks, str_of(lacks.len && gained.len ? " " : ""));
    buffer_append_str(&lacks, gained);
    return lacks.len ? remember(diff, source, buffer_str(&lacks)) : STR_NULL;
}

/* Whether the winners of the rule have the column. */
static bool is_of_rule(const struct model *model, const struct model_table *table,
                       const struct model_column *column, const struct model_winner *rule)
{
    return column->origin == FROM_LOOKUP ? model->facts.lookups[column->lookup].winner == rule
                                         : table->rule == rule;
}

uint64_t input_lacked_fields(const struct input_diff *diff, const struct model_winner *rule)
{
    const struct model *model = diff->model;
    const struct source_diff *source = &diff->sources[rule->source];
    uint64_t fields = 0;
    for (size_t i = 0; i < source->lacking_count; i++)
        for (int id = 0; id < (int)model->table_count; id++) {
            const struct model_table *table = &model->tables[id];
            uint64_t columns = columns_among(source->lacking[i], table);
            for (size_t k = 0; k < table->column_count; k++)
                if (columns >> k & 1 && is_of_rule(model, table, &table->columns[k], rule))
                    fields |= UINT64_C(1) << table->columns[k].part;
        }
    return fields;
}

bool run_lacks_keys(const struct input_diff *diff)
{
    for (size_t i = 0; i < diff->lacked_count; i++)
        if (diff->lacked[i] & looked_up_columns(diff->model))
            return true;
    return false;
}
