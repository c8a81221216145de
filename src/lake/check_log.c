#include "check_private.h"

#include "delta_log.h"
#include "names.h"

#include <inttypes.h>

static const struct model_table *model_table(const struct check_replay *replay)
{
    return lake_model_table(replay->check->lake, replay->table);
}

static json_t *parse(struct str text)
{
    return json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);
}

/* Compares the action with the one that we would write, as JSON. */
static bool has_same(const json_t *action, const char *name, const struct buffer *expected)
{
    json_auto_t *other = parse(buffer_str(expected));
    return json_equal(json_object_get(action, name), json_object_get(other, name));
}

/* True when these are fields of ours, in our order, and those that are missing are nullable: so
 * they were before columns were added. */
static bool are_earlier_fields(const json_t *fields, const json_t *ours)
{
    size_t found = 0;
    for (size_t i = 0; i < json_array_size(ours); i++) {
        const json_t *field = json_array_get(ours, i);
        if (json_equal(json_array_get(fields, found), field))
            found++;
        else if (!json_is_true(json_object_get(field, "nullable")))
            return false;
    }
    return found == json_array_size(fields);
}

static bool is_earlier_schema(const char *text, const char *our_text)
{
    json_auto_t *schema = text ? parse(str_of(text)) : NULL, *ours = parse(str_of(our_text));
    return are_earlier_fields(json_object_get(schema, "fields"), json_object_get(ours, "fields"));
}

/* True when a metaData is the table's, or was so before columns were added. */
static bool is_ours(const json_t *metadata, const json_t *ours)
{
    const json_t *schema = json_object_get(ours, "schemaString");
    json_auto_t *updated = json_copy((json_t *)(uintptr_t)metadata);
    bool is_earlier = is_earlier_schema(
        json_string_value(json_object_get(metadata, "schemaString")), json_string_value(schema));
    json_object_set(updated, "schemaString", (json_t *)(uintptr_t)schema);
    return json_equal(updated, ours) && is_earlier;
}

static void check_metadata(struct check_replay *replay, const json_t *metadata)
{
    const struct lake_table *table = &replay->check->lake->tables[replay->table];
    CLEANUP(buffer_release) struct buffer text = {0};
    check_parse_schema(replay, metadata);
    delta_metadata(&text, model_table(replay), table->log.id, table->log.created_ms);
    json_auto_t *action = parse(buffer_str(&text));
    const json_t *ours = json_object_get(action, "metaData");
    replay->has_all_fields = json_equal(metadata, ours);
    if (!replay->has_all_fields && !is_ours(metadata, ours))
        check_version_problem(replay, "has a metaData that is not the table's");
}

/* Versions before were of another model's table. */
static bool is_of_others(const struct check_replay *replay)
{
    return replay->version < replay->check->lake->tables[replay->table].log.began;
}

static void check_table_actions(struct check_replay *replay, const json_t *action)
{
    const json_t *metadata = json_object_get(action, "metaData");
    CLEANUP(buffer_release) struct buffer protocol = {0};
    delta_protocol(&protocol);
    if (metadata && !is_of_others(replay))
        check_metadata(replay, metadata);
    if (json_object_get(action, "protocol") && !has_same(action, "protocol", &protocol))
        check_version_problem(replay, "has a protocol that is not the table's");
}

static void replay_add(struct check_replay *replay, json_t *add, const char *path)
{
    if (!is_of_others(replay))
        check_add(replay, add);
    if (path)
        json_object_set(replay->files, path, add);
}

static void replay_action(struct check_replay *replay, struct str line)
{
    json_auto_t *action = parse(line);
    json_t *add = json_object_get(action, "add"), *gone = json_object_get(action, "remove");
    const char *path = json_string_value(json_object_get(add ? add : gone, "path"));
    if (!action)
        check_version_problem(replay, "has a line that is not JSON");
    else if (add)
        replay_add(replay, add, path);
    else if (path && json_object_del(replay->files, path) != 0 && replay->is_whole)
        check_problem(replay->check, replay->table, STR_NULL,
                      "its log removes %s, which is not current", path);
    else
        check_table_actions(replay, action);
}

static void compare_file(struct check_replay *replay, const struct lake_entry *entry,
                         const json_t *found)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    delta_add(&text, model_table(replay), entry);
    json_auto_t *expected = parse(buffer_str(&text));
    json_t *size = json_object_get(found, "size");
    if (json_integer_value(size) != (json_int_t)entry->bytes)
        check_problem(replay->check, replay->table, entry->key,
                      "its log says that it has %" PRId64 " bytes, and the plan %" PRIu64,
                      (int64_t)json_integer_value(size), entry->bytes);
    else if (!json_equal(found, json_object_get(expected, "add")))
        check_problem(replay->check, replay->table, entry->key,
                      "its log and the plan disagree about it");
}

static void compare(struct check_replay *replay)
{
    const struct lake_entries *entries = &replay->check->lake->tables[replay->table].entries;
    size_t found = 0;
    for (size_t i = 0; i < entries->count; i++) {
        const struct lake_entry *entry = &entries->entries[i];
        CLEANUP(buffer_release) struct buffer path = {0};
        if (entry->until != LAKE_CURRENT)
            continue;
        delta_path(&path, entry->key);
        const json_t *add = json_object_get(replay->files, buffer_text(&path));
        if (add)
            compare_file(replay, entry, add);
        else
            check_problem(replay->check, replay->table, entry->key, "its log does not hold it");
        found += add != NULL;
    }
    size_t surplus = json_object_size(replay->files) - found;
    if (surplus > 0)
        check_problem(replay->check, replay->table, STR_NULL, "its log holds %zu %s not current",
                      surplus, plural(surplus, "file that is", "files that are"));
}

/* ---- The versions ---------------------------------------------------------------------------- */

/* Versions before `version` may be missing where a checkpoint has their actions. */
static bool is_behind_checkpoint(const struct check_replay *replay, int64_t version)
{
    const struct store_listing *listed = &replay->check->lake->tables[replay->table].listed;
    int64_t checkpoint;
    for (size_t i = 0; i < listed->count; i++)
        if (lake_is_checkpoint_key(model_table(replay), listed->objects[i].key, &checkpoint) &&
            checkpoint >= version - 1)
            return true;
    return false;
}

static void note_gap(struct check_replay *replay, int64_t found)
{
    if (replay->version > 0 || !is_behind_checkpoint(replay, found))
        check_version_problem(replay, "is missing");
    replay->is_whole = false;
}

static enum status replay_all(struct check_replay *replay, struct error *error)
{
    const struct lake_table *table = &replay->check->lake->tables[replay->table];
    int64_t version;
    for (size_t i = 0; i < table->listed.count; i++) {
        CLEANUP(buffer_release) struct buffer bytes = {0};
        const struct store_object *object = &table->listed.objects[i];
        if (!lake_is_log_key(model_table(replay), object->key, &version))
            continue;
        if (version != replay->version)
            note_gap(replay, version);
        replay->version = version;
        TRY(store_get(replay->check->lake->store, object, 0, (size_t)object->size_bytes, &bytes,
                      error));
        for (struct str text = buffer_str(&bytes); text.len;)
            replay_action(replay, str_consume_line(&text));
        replay->version++;
    }
    if (replay->version == table->log.version + 1)
        return STATUS_OK;
    check_problem(replay->check, replay->table, STR_NULL,
                  "its log ends with version %" PRId64 ", and %" PRId64
                  " was decided: the next run writes what is missing",
                  replay->version - 1, table->log.version);
    replay->is_whole = false;
    return STATUS_OK;
}

/* ---- Checkpoints ----------------------------------------------------------------------------- */

/* Readers can open it: its footer can be read. */
static enum status check_checkpoint(struct check_replay *replay, const struct store_object *object,
                                    int64_t version, struct error *error)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct error broken;
    uint64_t footer;
    TRY(store_get(replay->check->lake->store, object, 0, (size_t)object->size_bytes, &bytes,
                  error));
    struct str all = buffer_str(&bytes);
    if (parquet_footer_bytes(all, all.len, &footer, &broken) != STATUS_OK)
        check_problem(replay->check, replay->table, STR_NULL,
                      "the checkpoint of version %" PRId64 " of its log: %s", version,
                      broken.message);
    return STATUS_OK;
}

/* Readers do not find the table where the pointer names a checkpoint that is missing. */
static enum status check_pointer(struct check_replay *replay, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0}, text = {0}, checkpoint = {0};
    const struct store_listing *listed = &replay->check->lake->tables[replay->table].listed;
    lake_last_checkpoint_key(&key, model_table(replay));
    const struct store_object *object = store_listing_find(listed, buffer_str(&key));
    if (!object)
        return STATUS_OK;
    TRY(store_get(replay->check->lake->store, object, 0, (size_t)object->size_bytes, &text, error));
    json_auto_t *pointer = parse(buffer_str(&text));
    const json_t *version = json_object_get(pointer, "version"),
                 *parts = json_object_get(pointer, "parts");
    lake_checkpoint_key(&checkpoint, model_table(replay), json_integer_value(version));
    if (!parts &&
        (!json_is_integer(version) || !store_listing_find(listed, buffer_str(&checkpoint))))
        check_problem(replay->check, replay->table, STR_NULL,
                      "the _last_checkpoint of its log names one that is not there");
    return STATUS_OK;
}

static enum status check_checkpoints(struct check_replay *replay, struct error *error)
{
    const struct store_listing *listed = &replay->check->lake->tables[replay->table].listed;
    int64_t version;
    for (size_t i = 0; i < listed->count; i++)
        if (lake_is_checkpoint_key(model_table(replay), listed->objects[i].key, &version))
            TRY(check_checkpoint(replay, &listed->objects[i], version, error));
    return check_pointer(replay, error);
}

/* Once a version was written with all columns, the metaData must have them. */
static void check_fields(const struct check_replay *replay)
{
    const struct lake_table *table = &replay->check->lake->tables[replay->table];
    if (table->log.schema == model_table(replay)->schema && !replay->has_all_fields)
        check_problem(replay->check, replay->table, STR_NULL,
                      "the newest metaData of its log lacks columns of the table");
}

static enum status check_all(struct check_replay *replay, struct error *error)
{
    TRY(replay_all(replay, error));
    if (replay->is_whole) {
        check_fields(replay);
        compare(replay);
    }
    return check_checkpoints(replay, error);
}

enum status check_log(struct check *check, int table, struct error *error)
{
    struct check_replay replay = {
        .check = check, .table = table, .is_whole = true, .files = json_object()};
    enum status status = check_all(&replay, error);
    json_decref(replay.files);
    check_schema_release(&replay.schema);
    return status;
}
