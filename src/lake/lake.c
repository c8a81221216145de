/* Opening a lake: all that lies where a run writes must be ours. */
#include "lake_private.h"

#include "gate.h"
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- Whose is it? ---------------------------------------------------------------------------- */

static enum status refuse_foreign(const struct lake *lake, struct str key, struct error *error)
{
    error_set(error, STATUS_FOREIGN,
              "%s/%.*s was not written by sparkify, and it lies where a "
              "table would go",
              store_address(lake->store), STR_ARG(key));
    return error_hint(error, "move it away, or use another folder for the lake: a run replaces all "
                             "that is in the folders of its tables");
}

static enum status check_table(const struct lake *lake, enum table_id table, struct error *error)
{
    const struct store_listing *listed = &lake->tables[table].listed;
    int64_t version;
    for (size_t i = 0; i < listed->count; i++) {
        struct str key = listed->objects[i].key;
        if (!lake_is_data_key(table, key) && !lake_is_log_key(table, key, &version) &&
            !lake_is_log_extra(table, key) && !lake_is_hidden_key(table, key))
            return refuse_foreign(lake, key, error);
    }
    return STATUS_OK;
}

enum status lake_check_stock(const struct lake *lake, struct error *error)
{
    for (int table = 0; table < TABLE_COUNT; table++)
        TRY(check_table(lake, (enum table_id)table, error));
    return STATUS_OK;
}

/* What lies below "_sparkify" holds the files of the state's tables, too. */
static void find_state_files(struct lake *lake)
{
    for (size_t i = 0; i < lake->own.count; i++)
        for (int table = TABLE_COUNT; table < TABLE_ALL; table++) {
            struct store_listing *listed = &lake->tables[table].listed;
            if (!lake_is_data_key((enum table_id)table, lake->own.objects[i].key))
                continue;
            MEM_GROW(listed->objects, listed->count + 1, listed->cap);
            listed->objects[listed->count++] = lake->own.objects[i];
        }
}

static void count_old_files(struct lake *lake)
{
    for (int table = 0; table < TABLE_COUNT; table++) {
        const struct store_listing *listed = &lake->tables[table].listed;
        for (size_t i = 0; i < listed->count; i++)
            lake->old_files += lake_is_data_key((enum table_id)table, listed->objects[i].key);
    }
}

/* Lists what tells a version: the logs, and what the lake knows of itself. */
static enum status list_logs(struct lake *lake, struct error *error)
{
    struct store_list lists[TABLE_COUNT + 1];
    char prefixes[TABLE_COUNT][64];
    for (int table = 0; table < TABLE_COUNT; table++) {
        snprintf(prefixes[table], sizeof prefixes[table], "%s/_delta_log",
                 model_tables[table].folder);
        lists[table] =
            (struct store_list){prefixes[table], STORE_LIST_ALL, &lake->tables[table].listed};
    }
    lists[TABLE_COUNT] = (struct store_list){"_sparkify", STORE_LIST_ALL, &lake->own};
    return store_list_all(lake->store, lists, TABLE_COUNT + 1, error);
}

/* Lists all that a run writes to, at once. */
static enum status take_stock(struct lake *lake, struct error *error)
{
    if (lake->options.is_snapshot)
        return list_logs(lake, error);
    struct store_list lists[TABLE_COUNT + 2];
    for (int table = 0; table < TABLE_COUNT; table++)
        lists[table] = (struct store_list){model_tables[table].folder, STORE_LIST_ALL,
                                           &lake->tables[table].listed};
    lists[TABLE_COUNT] = (struct store_list){"_rejects", STORE_LIST_ALL, &lake->rejects};
    lists[TABLE_COUNT + 1] = (struct store_list){"_sparkify", STORE_LIST_ALL, &lake->own};
    TRY(store_list_all(lake->store, lists, TABLE_COUNT + 2, error));
    find_state_files(lake);
    count_old_files(lake);
    return STATUS_OK;
}

/* ---- Can the store commit? ------------------------------------------------------------------- */

/* Before the first run writes anything: it removes at its end what it has written for itself. */
static enum status probe_deletes(struct lake *lake, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    lake_marker_key(&key, lake->run_id); /* not there yet */
    struct str keys[] = {buffer_str(&key)};
    return lake->last.number < 0 ? store_delete(lake->store, keys, 1, error) : STATUS_OK;
}

/* The probe's folder goes again where there is no lake yet: a command may find nothing to do. */
static enum status probe_disk(struct lake *lake, struct error *error)
{
    enum status status = store_probe(lake->store, error);
    if (lake->own.count == 0)
        store_prune(lake->store, "_sparkify");
    return status;
}

/* A store that overwrites what it was asked not to would let two runs both believe that they have
 * won. In S3 the probe stays, so that the next run needs only one request for it. */
static enum status probe_store(struct lake *lake, struct error *error)
{
    if (!store_is_remote(lake->store))
        return probe_disk(lake, error);
    TRY(probe_deletes(lake, error));
    for (int tries = lake_find_object(&lake->own, STR(LAKE_PROBE_KEY)) ? 1 : 0; tries < 2;
         tries++) {
        CLEANUP(buffer_release) struct buffer text = {0}; /* other bytes each time */
        buffer_appendf(&text, "%s %d", lake->run_id, tries);
        enum status status =
            lake_gate_put_if_absent(lake->store, STR(LAKE_PROBE_KEY), buffer_str(&text), error);
        if (status == STATUS_EXISTS)
            return STATUS_OK;
        TRY(status);
        lake->has_put_probe |= tries == 0;
    }
    error_set(error, STATUS_FAILED,
              "%s cannot commit safely: it overwrites an object though asked not to "
              "(If-None-Match: *)",
              store_address(lake->store));
    return error_hint(error, "use a store that supports conditional writes, or write to a disk and "
                             "copy the result");
}

/* ---- Life ------------------------------------------------------------------------------------ */

static int64_t wall_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void forget_stock(struct lake *lake)
{
    for (int table = 0; table < TABLE_ALL; table++) {
        store_listing_release(&lake->tables[table].listed);
        lake_entries_release(&lake->tables[table].entries);
        lake_entries_release(&lake->tables[table].tombstones);
        lake->tables[table].version = -1;
        lake->tables[table].schema = 0;
    }
    store_listing_release(&lake->rejects);
    store_listing_release(&lake->own);
    lake_keys_release(&lake->alive);
    lake->old_files = 0;
    lake->last = (struct lake_decision){.number = -1, .keep_versions = 1};
}

static int compare_object(const void *key, const void *object)
{
    return str_compare(*(const struct str *)key, ((const struct store_object *)object)->key);
}

const struct store_object *lake_find_object(const struct store_listing *listed, struct str key)
{
    if (listed->count == 0)
        return NULL;
    return bsearch(&key, listed->objects, listed->count, sizeof *listed->objects, compare_object);
}

bool lake_is_whole(const struct lake *lake, enum table_id table, const struct lake_entry *entry)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    lake_table_key(&key, table, entry->key);
    const struct store_object *object =
        lake_find_object(&lake->tables[table].listed, buffer_str(&key));
    return object && object->size_bytes == entry->bytes;
}

/* All that the last decision says was there when we listed it. */
static bool are_all_whole(const struct lake *lake)
{
    for (int table = 0; table < TABLE_COUNT; table++)
        if (lake_newest_log(&lake->tables[table].listed, (enum table_id)table) <
            lake->tables[table].version)
            return false;
    for (int table = 0; table < TABLE_ALL; table++)
        for (size_t i = 0; i < lake->tables[table].entries.count; i++) {
            const struct lake_entry *entry = &lake->tables[table].entries.entries[i];
            if (entry->until == LAKE_CURRENT && !lake_is_whole(lake, (enum table_id)table, entry))
                return false;
        }
    return true;
}

/* The tables' logs may have been listed before, or after, the decisions that they belong to; and
 * the plan may have been removed by the run that committed after them. */
static bool may_be_a_commit(enum status status)
{
    return status == STATUS_NOT_FOUND || status == STATUS_FOREIGN || status == STATUS_CORRUPT;
}

/* Another run may commit, and clear up, while we look: then the plan is gone, or files or logs in
 * force were put after we have listed them, and we look again. What is wrong a second time with one
 * and the same version is wrong. */
static enum status look(struct lake *lake, struct error *error)
{
    enum status status = STATUS_NOT_FOUND;
    int64_t before = -2; /* the version that was looked at */
    for (int looks = 0; looks < LAKE_MAX_LOOKS; looks++) {
        forget_stock(lake);
        TRY(take_stock(lake, error));
        status = lake_read_state(lake, error);
        bool is_right = lake->options.is_snapshot || are_all_whole(lake);
        if (status == STATUS_OK ? is_right : !may_be_a_commit(status))
            return status;
        if (lake->last.number == before)
            return status;
        before = lake->last.number;
    }
    return status;
}

static enum status open_store(struct lake *lake, struct error *error)
{
    TRY(look(lake, error));
    if (lake->options.is_snapshot)
        return STATUS_OK;
    TRY(lake_find_running(lake, error));
    return probe_store(lake, error);
}

enum status lake_open(struct store *store, const struct lake_options *options, struct lake **out,
                      struct error *error)
{
    struct lake *lake = mem_zalloc(sizeof *lake);
    lake->dry_store = options->is_dry || !store ? store_dry_new(store) : NULL;
    lake->store = lake->dry_store ? lake->dry_store : store;
    lake->options = *options;
    lake->now_ms = wall_clock_ms();
    lake->restore = lake->retain_ms = -1;
    forget_stock(lake);
    pthread_mutex_init(&lake->shared.mutex, NULL);
    lake_run_id_make(lake->run_id);
    buffer_appendf(&lake->rejects_folder, "_rejects/run=%s", lake->run_id);
    enum status status = open_store(lake, error);
    if (status == STATUS_OK)
        *out = lake;
    else
        lake_free(lake);
    return status;
}

void lake_free(struct lake *lake)
{
    if (!lake)
        return;
    lake_abort(lake);
    forget_stock(lake);
    for (int table = 0; table < TABLE_ALL; table++)
        lake_entries_release(&lake->shared.files[table]);
    lake_keys_release(&lake->shared.begun);
    buffer_release(&lake->rejects_folder);
    pthread_mutex_destroy(&lake->shared.mutex);
    store_free(lake->dry_store);
    mem_free(lake);
}

const char *lake_run_id(const struct lake *lake)
{
    return lake->run_id;
}

const char *lake_rejects_folder(const struct lake *lake)
{
    return lake->rejects_folder.data;
}

void lake_set_mode(struct lake *lake, enum table_id table, enum lake_mode mode)
{
    lake->tables[table].mode = mode;
}

void lake_set_operation(struct lake *lake, const char *operation)
{
    lake->options.operation = operation;
}

void lake_list_files(const struct lake *lake, enum table_id table, struct store_listing *out)
{
    const struct lake_entries *entries = &lake->tables[table].entries;
    for (size_t i = 0; i < entries->count; i++) {
        CLEANUP(buffer_release) struct buffer key = {0};
        if (entries->entries[i].until != LAKE_CURRENT)
            continue;
        lake_table_key(&key, table, entries->entries[i].key);
        MEM_GROW(out->objects, out->count + 1, out->cap);
        out->objects[out->count++] =
            (struct store_object){.key = arena_copy(&out->arena, buffer_str(&key)),
                                  .size_bytes = entries->entries[i].bytes};
    }
}

struct lake_version lake_table_version(const struct lake *lake, enum table_id table)
{
    const struct lake_table *found = &lake->tables[table];
    return (struct lake_version){
        found->version, found->is_unchanged, {found->files, found->bytes, found->rows}};
}

int64_t lake_version(const struct lake *lake)
{
    return lake->last.number;
}

bool lake_is_committed(const struct lake *lake)
{
    return lake->is_committed;
}

uint64_t lake_old_files(const struct lake *lake)
{
    return lake->old_files;
}

static uint64_t count_temporaries(const struct store_listing *listed)
{
    uint64_t count = 0;
    for (size_t i = 0; i < listed->count; i++)
        count += store_is_temporary(listed->objects[i].key);
    return count;
}

uint64_t lake_unfinished(const struct lake *lake)
{
    uint64_t count = count_temporaries(&lake->rejects);
    for (int table = 0; table < TABLE_COUNT; table++)
        count += count_temporaries(&lake->tables[table].listed);
    return count;
}

struct lake_cleared lake_cleared(const struct lake *lake)
{
    return lake->cleared;
}
