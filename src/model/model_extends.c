/* Whether the tables of a lake of one model can become those of another: only columns that may be
 * null have come to them. Names are compared, not numbers: new fields may stand anywhere. */
#include <model_parse.h>

/* What is the matter, in words. */
struct comparison {
    const struct model *old, *new;
    struct buffer *why;
};

static bool differs(const struct comparison *comparison, const char *what, const char *name)
{
    buffer_appendf(comparison->why, "%s %s", what, name);
    return false;
}

static bool is_same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
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

static bool are_same_fields(const struct comparison *comparison, const struct model_source *old,
                            const struct model_source *new)
{
    for (size_t i = 0; i < old->field_count; i++) {
        int field = model_find_field(new, old->fields[i].name);
        if (field < 0 || !is_same_field(&old->fields[i], &new->fields[field]))
            return differs(comparison, "a field differs in the source", old->name);
    }
    for (size_t i = 0; i < new->field_count; i++)
        if (model_find_field(old, new->fields[i].name) < 0 && new->fields[i].need < NEED_OPTIONAL)
            return differs(comparison, "a new field is required in the source", old->name);
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
    if (!is_same_text(old->name, new->name) || !is_same_text(old->folder, new->folder) ||
        old->layout != new->layout || !str_equal(old->records_key, new->records_key) ||
        old->unknown != new->unknown || old->faulty != new->faulty)
        return differs(comparison, "it has another source", old->name);
    return are_same_fields(comparison, old, new) &&
           (is_same_kept(comparison, source) ||
            differs(comparison, "other records are kept of the source", old->name));
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

/* The source that the fields of a table's column are of; -1: it is of no field. */
static int source_of(const struct model *model, const struct model_table *table,
                     const struct model_column *column)
{
    if (column->origin == FROM_LOOKUP)
        return model->facts.lookups[column->lookup].winner->source;
    if (column->origin != FROM_FIELD)
        return -1;
    return model_source_of(model, table);
}

static bool is_same_column(const struct comparison *comparison, const struct model_table *table,
                           const struct model_column *old, const struct model_column *new)
{
    int source = source_of(comparison->old, table, old);
    if (!is_same_text(old->name, new->name) || old->type != new->type ||
        old->nullable != new->nullable || old->partition != new->partition ||
        old->origin != new->origin || old->lookup != new->lookup ||
        old->precision != new->precision || old->scale != new->scale)
        return false;
    return source < 0 ? old->part == new->part
                      : is_same_place(comparison, source, old->part, new->part);
}

/* The old columns are there in their order, and all others may be null. */
static bool has_columns(const struct comparison *comparison, const struct model_table *old,
                        const struct model_table *new)
{
    size_t found = 0, added = 0;
    for (size_t i = 0; i < new->column_count; i++) {
        const struct model_column *column = &new->columns[i];
        if (found < old->column_count &&
            is_same_column(comparison, old, &old->columns[found], column))
            found++;
        else
            added += column->nullable && !column->partition;
    }
    return (found == old->column_count && found + added == new->column_count) ||
           differs(comparison, "more than new columns that may be null differs in the table",
                   old->name);
}

static bool has_same_partitions(const struct model_table *old, const struct model_table *new)
{
    if (old->partition_count != new->partition_count)
        return false;
    for (size_t i = 0; i < old->partition_count; i++)
        if (!is_same_text(old->columns[old->partitions[i]].name,
                          new->columns[new->partitions[i]].name))
            return false;
    return true;
}

static bool is_same_table(const struct comparison *comparison, size_t id)
{
    const struct model_table *old = &comparison->old->tables[id],
                             *new = &comparison->new->tables[id];
    if (!is_same_text(old->folder, new->folder) || old->rows != new->rows)
        return differs(comparison, "it has another table in place of", old->name);
    if (!is_same_rule(comparison, old->rule, new->rule))
        return differs(comparison, "another record wins in the table", old->name);
    if (!has_same_partitions(old, new))
        return differs(comparison, "there are other partitions of the table", old->name);
    return has_columns(comparison, old, new);
}

/* ---- Facts ----------------------------------------------------------------------------------- */

static bool are_same_facts(const struct comparison *comparison)
{
    const struct model_facts *old = &comparison->old->facts, *new = &comparison->new->facts;
    bool is_same = old->source == new->source && old->id_count == new->id_count &&
                   old->lookup_count == new->lookup_count &&is_same_place(comparison, old->source,
                                                                          old->time, new->time) &&
                   are_same_places(comparison, old->source, old->id, new->id, old->id_count);
    for (size_t i = 0; is_same && i < old->lookup_count; i++) {
        const struct model_lookup *a = &old->lookups[i], *b = &new->lookups[i];
        is_same =
            is_same_rule(comparison, a->winner, b->winner) &&
            are_same_places(comparison, old->source, a->fields, b->fields, a->winner->key_count);
    }
    return is_same || differs(comparison, "time, id or look-ups differ in", "the facts");
}

bool model_extends(const struct model *model, const struct model *old, struct buffer *why)
{
    struct comparison comparison = {.old = old, .new = model, .why = why};
    if (old->source_count != model->source_count)
        return differs(&comparison, "it has more or fewer", "sources");
    for (size_t i = 0; i < old->source_count; i++)
        if (!is_same_source(&comparison, (int)i))
            return false;
    if (old->table_count != model->table_count)
        return differs(&comparison, "it has more or fewer", "tables");
    if (!are_same_facts(&comparison))
        return false;
    for (size_t i = 0; i < old->all_count; i++) {
        if (i == old->table_count && old->all_count != model->all_count)
            return differs(&comparison, "it has more or fewer", "tables of the state");
        if (!is_same_table(&comparison, i))
            return false;
    }
    return true;
}
