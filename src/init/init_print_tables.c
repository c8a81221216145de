/* The tables of a proposal: dimensions, the calendar, and the facts. */
#include "init_print.h"

#include <model_parse.h>
#include <strings.h>

/* ---- Columns --------------------------------------------------------------------------------- */

/* Names that a table has. */
struct names {
    const char *all[MODEL_MAX_COLUMNS];
    size_t count;
};

static bool has_name(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcasecmp(names->all[i], name) == 0)
            return true;
    return false;
}

/* A name of a column: the label, without what a table's columns begin with, and a number where it
 * is taken. */
static const char *add_name(const struct printing *printing, struct names *names, struct str label,
                            struct str stem)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    bool has_stem = stem.len && label.len > stem.len + 1 && str_starts_with(label, stem) &&
                    label.data[stem.len] == '_' && label.data[stem.len + 1] >= 'a';
    if (has_stem)
        label = (struct str){label.data + stem.len + 1, label.len - stem.len - 1};
    if (label.len == 0 || (label.data[0] >= '0' && label.data[0] <= '9'))
        buffer_append_char(&name, 'f');
    if (label.len > MODEL_MAX_NAME_BYTES - 5)
        label.len = MODEL_MAX_NAME_BYTES - 5;
    buffer_append_str(&name, label);
    size_t len = name.len;
    for (int n = 2; has_name(names, buffer_text(&name)); n++) {
        name.len = len;
        buffer_appendf(&name, "_%d", n);
    }
    const char *text = arena_text(printing->roles->arena, buffer_str(&name));
    if (names->count < MODEL_MAX_COLUMNS)
        names->all[names->count++] = text;
    return text;
}

static void print_column(const struct printing *printing, const char *name,
                         const struct profile_field *field)
{
    model_append_between("      ", str_of(name), ": ", printing->out);
    model_append_between("", field->name, "\n", printing->out);
}

static struct str stem_of(const struct profile_field *key)
{
    return str_ends_with(key->label, STR("_id")) ? (struct str){key->label.data, key->label.len - 3}
                                                 : STR("");
}

/* The time by which the newest record wins; NULL where the source has none. */
static const struct profile_field *newest_by(const struct roles *roles, size_t source)
{
    const struct profile *profile = &roles->samples[source].profile;
    if (source == roles->facts)
        return &profile->fields[roles->time];
    for (size_t i = 0; i < profile->field_count; i++)
        if (profile->fields[i].is_used && profile->fields[i].type == MODEL_TIMESTAMP)
            return &profile->fields[i];
    return NULL;
}

static void print_order(const struct printing *printing, const struct role_dimension *dimension)
{
    const struct profile_field *time = newest_by(printing->roles, dimension->source);
    if (!time ||
        time == &printing->roles->samples[dimension->source].profile.fields[dimension->key])
        return;
    buffer_append_str(printing->out, STR("    order: ["));
    model_append_step(time->name, true, printing->out);
    buffer_append_str(printing->out, STR("]  # the newest record wins\n"));
}

static void print_dimension(const struct printing *printing, const struct role_dimension *dimension)
{
    const struct sample *sample = &printing->roles->samples[dimension->source];
    const struct profile_field *key = &sample->profile.fields[dimension->key];
    struct names names = {0};
    struct buffer *out = printing->out;
    buffer_appendf(out, "  %s:\n    from: %s\n", dimension->name, sample->name);
    model_append_between("    key: ", key->name, "", out);
    size_t seen = (size_t)(key->present - key->null);
    buffer_appendf(out, "  # %llu %s in %zu %s\n", (unsigned long long)key->distinct,
                   plural(key->distinct, "value", "values"), seen,
                   plural(seen, "record", "records"));
    print_order(printing, dimension);
    buffer_append_str(out, STR("    columns:\n"));
    print_column(printing, add_name(printing, &names, key->label, STR("")), key);
    for (size_t i = 0; i < dimension->field_count; i++) {
        const struct profile_field *field = &sample->profile.fields[dimension->fields[i]];
        print_column(printing, add_name(printing, &names, field->label, stem_of(key)), field);
    }
}

static void print_calendar(const struct printing *printing, const struct profile_field *time)
{
    static const char *const parts[] = {"hour", "day", "week", "month", "year", "weekday"};
    struct names names = {0};
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
        add_name(printing, &names, str_of(parts[i]), STR(""));
    buffer_appendf(printing->out, "  time:\n    calendar: true\n    columns:\n      %s: time\n",
                   add_name(printing, &names, time->label, STR("")));
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
        buffer_appendf(printing->out, "      %s: %s\n", parts[i], parts[i]);
    buffer_append_str(printing->out, STR("    partition: [year, month]\n"));
}

/* ---- Facts ----------------------------------------------------------------------------------- */

static struct str singular(const char *name)
{
    size_t len = strlen(name);
    return (struct str){name, len > 1 && name[len - 1] == 's' ? len - 1 : len};
}

static void print_facts(const struct printing *printing)
{
    const struct roles *roles = printing->roles;
    const struct sample *sample = &roles->samples[roles->facts];
    const struct profile_field *fields = sample->profile.fields;
    struct names names = {0};
    CLEANUP(buffer_release) struct buffer key = {0};
    struct buffer *out = printing->out;
    buffer_appendf(&key, "%.*s_key", STR_ARG(singular(sample->name)));
    add_name(printing, &names, STR("year"), STR(""));
    add_name(printing, &names, STR("month"), STR(""));
    const char *id = add_name(printing, &names, buffer_str(&key), STR(""));
    buffer_appendf(out, "facts:\n  %s:\n", sample->name);
    model_append_between("    rows: ", singular(sample->name), "\n", out);
    buffer_appendf(out, "    from: %s\n", sample->name);
    model_append_between("    time: ", fields[roles->time].name, "\n", out);
    buffer_appendf(out, "    id:\n      %s: ", id);
    for (size_t i = 0; i < roles->id_count; i++)
        model_append_between(i ? ", " : "[", fields[roles->id[i]].name, "", out);
    buffer_append_str(out, STR("]\n    columns:\n"));
    print_column(printing, add_name(printing, &names, fields[roles->time].label, STR("")),
                 &fields[roles->time]);
    for (size_t i = 0; i < sample->profile.field_count; i++)
        if (fields[i].is_used && i != roles->time && !init_roles_is_taken(roles, roles->facts, i))
            print_column(printing, add_name(printing, &names, fields[i].label, STR("")),
                         &fields[i]);
    buffer_append_str(out, STR("      year: {part: year}\n      month: {part: month}\n"
                               "    partition: [year, month]\n"));
}

/* ---- All ------------------------------------------------------------------------------------- */

void init_print_tables(const struct printing *printing)
{
    const struct roles *roles = printing->roles;
    buffer_append_str(printing->out, STR("\ndimensions:\n"));
    for (size_t i = 0; i < roles->dimension_count; i++)
        print_dimension(printing, &roles->dimensions[i]);
    print_calendar(printing, &roles->samples[roles->facts].profile.fields[roles->time]);
    buffer_append_char(printing->out, '\n');
    print_facts(printing);
}
