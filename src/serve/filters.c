/* Filters are texts until they are applied to a lake: level, state and artist, which only the
 * built-in model has, become literals in the WHERE of the view of songplays (src/query/views.c),
 * the days numbers. */
#include "filters.h"

#include <calendar.h>

#define TEXT_MAX 1000

void filters_release(struct filters *filters)
{
    arena_release(&filters->arena);
    *filters = (struct filters){0};
}

static struct str *filter_named(struct filters *filters, const char *name)
{
#define X(field)                                                                                   \
    if (strcmp(name, #field) == 0)                                                                 \
        return &filters->field;
    FILTERS(X)
#undef X
    return NULL;
}

enum status filters_set(struct filters *filters, const char *name, const char *value,
                        struct error *error)
{
    struct str *filter = filter_named(filters, name), text = str_of(value);
    if (!filter) {
        error_set(error, STATUS_USAGE, "there is no filter '%.100s'", name);
        return error_hint(error, "there are from, to, level, state and artist");
    }
    if (text.len > TEXT_MAX || utf8_valid_prefix(text.data, text.len) != text.len)
        return error_set(error, STATUS_USAGE, "the filter '%s' is too long, or not UTF-8", name);
    *filter = text.len ? arena_copy(&filters->arena, text) : STR_NULL;
    return STATUS_OK;
}

enum status filters_from_json(const json_t *object, struct filters *out, struct error *error)
{
    const char *key;
    json_t *value;
    if (!object || json_is_null(object))
        return STATUS_OK;
    if (!json_is_object(object))
        return error_set(error, STATUS_USAGE, "filters must be an object of strings");
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (!json_is_string(value) && !json_is_null(value))
            return error_set(error, STATUS_USAGE, "the filter '%.100s' is not a string", key);
        TRY(filters_set(out, key, json_is_null(value) ? "" : json_string_value(value), error));
    }
    return STATUS_OK;
}

/* ---- Applying -------------------------------------------------------------------------------- */

static enum status parse_day(struct str text, const char *name, int64_t *out_us,
                             struct error *error)
{
    int64_t days;
    if (!calendar_parse(text, &days) || days < 0)
        return error_set(error, STATUS_USAGE, "'%s' must be a day such as 2018-11-01", name);
    *out_us = days * MS_PER_DAY * 1000;
    return STATUS_OK;
}

/* What only plays have. */
static enum status check_model(const struct filters *filters, const struct model *model,
                               struct error *error)
{
    const char *name = filters->level.data    ? "level"
                       : filters->state.data  ? "state"
                       : filters->artist.data ? "artist"
                                              : NULL;
    if (!name || model_includes(model, model_builtin()))
        return STATUS_OK;
    error_set(error, STATUS_USAGE, "there is no filter '%s' in a lake of another model", name);
    return error_hint(error, "there are from and to");
}

enum status filters_apply(const struct filters *filters, struct query_lake *lake,
                          struct error *error)
{
    int64_t from_us = lake->from_us, to_us = lake->to_us;
    TRY(check_model(filters, lake->snapshot->model, error));
    if (filters->from.data)
        TRY(parse_day(filters->from, "from", &from_us, error));
    if (filters->to.data)
        TRY(parse_day(filters->to, "to", &to_us, error));
    if (from_us > lake->from_us)
        lake->from_us = from_us;
    if (to_us < lake->to_us)
        lake->to_us = to_us;
    lake->filter = (struct query_filter){filters->level, filters->state, filters->artist};
    return STATUS_OK;
}

void filters_append_key(const struct filters *filters, struct buffer *out)
{
#define X(field)                                                                                   \
    buffer_append_str(out, filters->field);                                                        \
    buffer_append_char(out, '\n');
    FILTERS(X)
#undef X
}
