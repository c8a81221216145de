/* Whether the tables of a lake of one model can become those of another: only columns that may be
 * null have come to them. Names are compared, not numbers: new fields may stand anywhere. */
#include "model_words.h"

#include <model_parse.h>

/* What is the matter, in words. */
struct comparison {
    const struct model *old, *new;
    struct buffer *why;
};

PRINTF(2, 3)
static bool differs(const struct comparison *comparison, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buffer_append_str(comparison->why, str_of(text));
    return false;
}

/* ---- Fields ---------------------------------------------------------------------------------- */

static bool is_same_field(const struct model_field *old, const struct model_field *new)
{
    if (old->need == NEED_NOT_AT_ALL)
        return new->need == NEED_NOT_AT_ALL || new->need == NEED_OPTIONAL;
    return old->type == new->type && old->need == new->need &&
           old->zero_for_null == new->zero_for_null && old->time_form == new->time_form &&
           old->precision == new->precision && old->scale == new->scale;
}

/* The fields with these numbers have the same name. */
static bool is_same_place(const struct comparison *comparison, int source, int old, int new)
{
    return str_equal(model_field(comparison->old, source, old)->name,
                     model_field(comparison->new, source, new)->name);
}

static bool are_same_places(const struct comparison *comparison, int source, const int *old,
                            const int *new, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_same_place(comparison, source, old[i], new[i]))
            return false;
    return true;
}

/* `new` is NULL where the field is gone. */
static bool field_differs(const struct comparison *comparison, const char *source,
                          const struct model_field *old, const struct model_field *new)
{
    const char *was = model_type_word(old->type, old->time_form), *is = was;
    if (new)
        is = model_type_word(new->type, new->time_form);
    if (!text_equal(was, is))
        return differs(comparison, "the field '%.*s' of the source %s was %s, and is %s",
                       STR_ARG(old->name), source, was, is);
    return differs(comparison, "the field '%.*s' of the source %s %s", STR_ARG(old->name), source,
                   new ? "differs in its digits, or in whether it is required, ignored or null"
                       : "is gone");
}

static bool are_same_fields(const struct comparison *comparison, const struct model_source *old,
                            const struct model_source *new)
{
    for (size_t i = 0; i < old->field_count; i++) {
        int field = model_find_field(new, old->fields[i].name);
        const struct model_field *found = field < 0 ? NULL : &new->fields[field];
        if (!found || !is_same_field(&old->fields[i], found))
            return field_differs(comparison, old->name, &old->fields[i], found);
    }
    for (size_t i = 0; i < new->field_count; i++)
        if (model_find_field(old, new->fields[i].name) < 0 && new->fields[i].need < NEED_OPTIONAL)
            return differs(comparison, "the new field '%.*s' of the source %s is required",
                           STR_ARG(new->fields[i].name), old->name);
    return true;
}

/* ---- Sources --------------------------------------------------------------------------------- */

static bool is_same_kept(const struct comparison *comparison, int source)
{
    const struct model_source *old = &comparison->old->sources[source],
                              *new = &comparison->new->sources[source];
    if (old->kept_field < 0 || new->kept_field < 0)
        return old->kept_field < 0 && new->kept_field < 0;
    return is_same_place(comparison, source, old->kept_field, new->kept_field) &&
           str_equal(old->kept_value, new->kept_value);
}

static bool is_same_source(const struct comparison *comparison, int source)
{
    const struct model_source *old = &comparison->old->sources[source],
                              *new = &comparison->new->sources[source];
    if (!text_equal(old->name, new->name))
        return differs(comparison, "it has the source %s in place of %s", new->name, old->name);
    if (!text_equal(old->folder, new->folder))
        return differs(comparison, "the source %s has another folder", old->name);
    if (old->layout != new->layout || !str_equal(old->records_key, new->records_key))
        return differs(comparison, "the source %s has another layout", old->name);
    if (old->unknown != new->unknown || old->faulty != new->faulty)
        return differs(comparison, "the source %s has another contract", old->name);
    return are_same_fields(comparison, old, new) &&
           (is_same_kept(comparison, source) ||
            differs(comparison, "other records are kept of the source %s", old->name));
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* New columns may come last in the order: they decide between records that were equal before. */
static bool is_same_rule(const struct comparison *comparison, const struct model_winner *old,
                         const struct model_winner *new)
{
    if (!old || !new)
        return !old && !new;
    if (old->source != new->source || old->key_count != new->key_count ||
        old->order_count > new->order_count ||
        !are_same_places(comparison, old->source, old->keys, new->keys, old->key_count))
        return false;
    for (size_t i = 0; i < old->order_count; i++)
        if (old->order[i].is_greatest != new->order[i].is_greatest ||
            !is_same_place(comparison, old->source, old->order[i].field, new->order[i].field))
            return false;
    return true;
}

static bool is_same_column(const struct comparison *comparison, const struct model_table *table,
                           const struct model_column *old, const struct model_column *new)
{
    CLEANUP(buffer_release) struct buffer of_old = {0}, of_new = {0};
    model_append_origin(comparison->old, table, old, &of_old);
    model_append_origin(comparison->new, table, new, &of_new);
    return text_equal(old->name, new->name) &&
           str_equal(buffer_str(&of_old), buffer_str(&of_new)) && old->type == new->type &&
           old->nullable == new->nullable && old->partition == new->partition &&
           old->origin == new->origin && old->precision == new->precision &&
           old->scale == new->scale;
}

static bool may_be_added(const struct model_column *column)
{
    return column->nullable && !column->partition;
}

/* `found`: how many of the old columns are there in their order. */
static bool columns_differ(const struct comparison *comparison, const struct model_table *old,
                           const struct model_table *new, size_t found)
{
    for (size_t i = 0; i < old->column_count; i++)
        if (!model_column_named(new, old->columns[i].name))
            return differs(comparison, "the column %s of the table %s is gone",
                           old->columns[i].name, old->name);
    for (size_t i = 0; i < new->column_count; i++)
        if (!may_be_added(&new->columns[i]) && !model_column_named(old, new->columns[i].name))
            return differs(comparison, "the new column %s of the table %s is never null",
                           new->columns[i].name, old->name);
    return differs(comparison, "the column %s of the table %s differs, or stands elsewhere",
                   old->columns[found].name, old->name);
}

/* The old columns are there in their order, and all others may be null. */
static bool has_columns(const struct comparison *comparison, const struct model_table *old,
                        const struct model_table *new)
{
    size_t found = 0, added = 0;
    for (size_t i = 0; i < new->column_count; i++)
        if (found < old->column_count &&
            is_same_column(comparison, old, &old->columns[found], &new->columns[i]))
            found++;
        else
            added += may_be_added(&new->columns[i]);
    return (found == old->column_count && found + added == new->column_count) ||
           columns_differ(comparison, old, new, found);
}

static bool has_same_partitions(const struct model_table *old, const struct model_table *new)
{
    if (old->partition_count != new->partition_count)
        return false;
    for (size_t i = 0; i < old->partition_count; i++)
        if (!text_equal(old->columns[old->partitions[i]].name,
                        new->columns[new->partitions[i]].name))
            return false;
    return true;
}

static bool is_same_table(const struct comparison *comparison, size_t id)
{
    const struct model_table *old = &comparison->old->tables[id],
                             *new = &comparison->new->tables[id];
    if (!text_equal(old->folder, new->folder))
        return differs(comparison, "the table %s stands elsewhere", old->name);
    if (old->rows != new->rows)
        return differs(comparison, "the rows of the table %s are of another kind", old->name);
    if (!is_same_rule(comparison, old->rule, new->rule))
        return differs(comparison, "another record wins in the table %s", old->name);
    if (!has_same_partitions(old, new))
        return differs(comparison, "there are other partitions of the table %s", old->name);
    return has_columns(comparison, old, new);
}

/* ---- Facts ----------------------------------------------------------------------------------- */

static bool is_same_lookup(const struct comparison *comparison, const struct model_lookup *old,
                           const struct model_lookup *new)
{
    int source = comparison->old->facts.source;
    return is_same_rule(comparison, old->winner, new->winner) &&
           are_same_places(comparison, source, old->fields, new->fields, old->winner->key_count);
}

static bool are_same_facts(const struct comparison *comparison)
{
    const struct model_facts *old = &comparison->old->facts, *new = &comparison->new->facts;
    if (old->source != new->source)
        return differs(comparison, "the facts are of another source");
    if (!is_same_place(comparison, old->source, old->time, new->time))
        return differs(comparison, "the time of the facts differs");
    if (old->id_count != new->id_count ||
        !are_same_places(comparison, old->source, old->id, new->id, old->id_count))
        return differs(comparison, "the id of the facts differs");
    if (old->lookup_count != new->lookup_count)
        return differs(comparison, "it has more or fewer look-ups");
    for (size_t i = 0; i < old->lookup_count; i++)
        if (!is_same_lookup(comparison, &old->lookups[i], &new->lookups[i]))
            return differs(comparison, "the look-up %s differs", old->lookups[i].name);
    return true;
}

/* Names the first table that only one of them has. */
static bool have_same_tables(const struct comparison *comparison)
{
    const struct model *old = comparison->old, *new = comparison->new;
    for (size_t i = 0; i < old->table_count; i++)
        if (model_find_table(new, old->tables[i].name) < 0)
            return differs(comparison, "the table %s is gone", old->tables[i].name);
    for (size_t i = 0; i < new->table_count; i++)
        if (model_find_table(old, new->tables[i].name) < 0)
            return differs(comparison, "the table %s is new", new->tables[i].name);
    return true;
}

bool model_extends(const struct model *model, const struct model *old, struct buffer *why)
{
    struct comparison comparison = {.old = old, .new = model, .why = why};
    if (old->source_count != model->source_count)
        return differs(&comparison, "it has more or fewer sources");
    for (size_t i = 0; i < old->source_count; i++)
        if (!is_same_source(&comparison, (int)i))
            return false;
    if (!have_same_tables(&comparison) || !are_same_facts(&comparison))
        return false;
    for (size_t i = 0; i < old->all_count; i++) {
        if (i == old->table_count && old->all_count != model->all_count)
            return differs(&comparison, "it has more or fewer tables of the state");
        if (!is_same_table(&comparison, i))
            return false;
    }
    return true;
}
