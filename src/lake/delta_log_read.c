/* Checks lines of a table's log that are read, before they are used. */
#include "delta_log.h"

#include "names.h"

#include <jansson.h>

bool delta_key(const struct model_table *table, struct str path, struct buffer *out)
{
    size_t begin = out->len;
    buffer_append_percent_decoded(out, path);
    struct str key = {out->data + begin, out->len - begin};
    return key.len && lake_is_data_file(table, key);
}

static const char *const actions[] = {"add", "remove", "commitInfo", "protocol", "metaData"};

/* One of them, and nothing else, in a line. */
static const json_t *action_of(const json_t *line)
{
    for (size_t i = 0; i < ARRAY_LENGTH(actions); i++) {
        const json_t *action = json_object_get(line, actions[i]);
        if (action)
            return json_is_object(action) && json_object_size(line) == 1 ? action : NULL;
    }
    return NULL;
}

static bool is_file_action(const json_t *line)
{
    return json_object_get(line, "add") || json_object_get(line, "remove");
}

static bool is_path(const struct model_table *const *tables, size_t count, struct str path)
{
    for (size_t i = 0; i < count && path.len; i++) {
        CLEANUP(buffer_release) struct buffer key = {0};
        if (delta_key(tables[i], path, &key))
            return true;
    }
    return false;
}

static enum status check_line(const struct model_table *const *tables, size_t count, size_t number,
                              struct str text, struct error *error)
{
    json_auto_t *line = json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);
    const json_t *action = action_of(line), *path = json_object_get(action, "path");
    struct str name = {json_string_value(path), json_string_length(path)};
    if (action && (!is_file_action(line) || is_path(tables, count, name)))
        return STATUS_OK;
    return error_set(error, STATUS_CORRUPT,
                     "line %zu of its log of %s is not an action on our files", number,
                     tables[0]->folder);
}

enum status delta_check_lines(const struct model_table *const *tables, size_t count,
                              struct str lines, struct error *error)
{
    for (size_t number = 1; lines.len; number++)
        TRY(check_line(tables, count, number, str_consume_line(&lines), error));
    return STATUS_OK;
}
