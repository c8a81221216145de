/* The Delta log, replayed: the files that its versions leave in force are those of the plan.
 * Versions whose logs are gone, as other programs clear them away behind a checkpoint, are not
 * replayed. */
#include "check.h"

#include "delta.h"
#include "names.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

/* The files in force so far: path → size. */
struct replay {
    struct check *check;
    enum table_id table;
    json_t *files;
};

static void take_action(struct replay *replay, struct str line)
{
    json_t *action = json_loadb(line.data, line.len, 0, NULL);
    const json_t *add = json_object_get(action, "add"), *gone = json_object_get(action, "remove");
    const char *path = json_string_value(json_object_get(add ? add : gone, "path"));
    if (!action)
        check_problem(replay->check, replay->table, STR_NULL, "a line of its log is not JSON");
    else if (path && add)
        json_object_set(replay->files, path, json_object_get(add, "size"));
    else if (path && json_object_del(replay->files, path) != 0)
        check_problem(replay->check, replay->table, STR_NULL,
                      "its log removes %s, which is not in force", path);
    json_decref(action);
}

static void take_lines(struct replay *replay, struct str text)
{
    while (text.len) {
        const char *newline = memchr(text.data, '\n', text.len);
        size_t len = newline ? (size_t)(newline - text.data) : text.len;
        struct str line = {text.data, len};
        if (str_starts_with(line, STR("{\"add\"")) || str_starts_with(line, STR("{\"remove\"")))
            take_action(replay, line);
        text.data += len + (newline != NULL);
        text.len -= len + (newline != NULL);
    }
}

static void compare(struct replay *replay)
{
    const struct lake_entries *entries = &replay->check->lake->tables[replay->table].entries;
    size_t found = 0;
    for (size_t i = 0; i < entries->count; i++) {
        const struct lake_entry *entry = &entries->entries[i];
        CLEANUP(buffer_release) struct buffer path = {0};
        if (entry->until != IN_FORCE)
            continue;
        delta_path(&path, entry->key);
        const json_t *size = json_object_get(replay->files, buffer_text(&path));
        if (!size)
            check_problem(replay->check, replay->table, entry->key, "its log does not hold it");
        else if (json_integer_value(size) != (json_int_t)entry->bytes)
            check_problem(replay->check, replay->table, entry->key,
                          "its log says that it has %" PRId64 " bytes, and the plan %" PRIu64,
                          (int64_t)json_integer_value(size), entry->bytes);
        found += size != NULL;
    }
    if (json_object_size(replay->files) != found)
        check_problem(replay->check, replay->table, STR_NULL,
                      "its log holds %zu files that are not in force",
                      json_object_size(replay->files) - found);
}

static enum status replay_all(struct replay *replay, const struct store_listing *listed,
                              bool *is_whole, struct error *error)
{
    int64_t expected = 0, version;
    for (size_t i = 0; i < listed->count; i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        const struct store_object *object = &listed->objects[i];
        if (!is_log_key(replay->table, object->key, &version))
            continue;
        if (version != expected++) {
            *is_whole = false;
            return STATUS_OK;
        }
        TRY(store_get(replay->check->store, object, 0, (size_t)object->size_bytes, &text, error));
        take_lines(replay, buffer_str(&text));
    }
    *is_whole = true;
    int64_t decided = replay->check->lake->tables[replay->table].version;
    if (expected != decided + 1)
        check_problem(replay->check, replay->table, STR_NULL,
                      "its log ends with version %" PRId64 ", and %" PRId64
                      " was decided: the next run writes what is missing",
                      expected - 1, decided);
    return STATUS_OK;
}

enum status check_log(struct check *check, enum table_id table, struct error *error)
{
    struct replay replay = {check, table, json_object()};
    bool is_whole = false;
    enum status status = replay_all(&replay, &check->lake->tables[table].listed, &is_whole, error);
    if (status == STATUS_OK && is_whole)
        compare(&replay);
    json_decref(replay.files);
    return status;
}
