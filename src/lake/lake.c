/* Opening a lake: all that lies where a run writes must be ours. */
#include "lake_private.h"

#include "names.h"

#include <stdlib.h>
#include <time.h>

/* ---- Files ----------------------------------------------------------------------------------- */

void lake_objects_add(struct lake_objects *objects, const struct lake_object *object)
{
    MEM_GROW(objects->objects, objects->count + 1, objects->cap);
    struct lake_object *copy = &objects->objects[objects->count++];
    *copy = *object;
    copy->key = arena_copy(&objects->arena, object->key);
    copy->stats = arena_copy(&objects->arena, object->stats);
}

static int compare_objects(const void *a, const void *b)
{
    const struct lake_object *left = a, *right = b;
    return str_compare(left->key, right->key);
}

void lake_objects_sort(struct lake_objects *objects)
{
    if (objects->count)
        qsort(objects->objects, objects->count, sizeof *objects->objects, compare_objects);
}

void lake_objects_release(struct lake_objects *objects)
{
    mem_free(objects->objects);
    arena_release(&objects->arena);
    *objects = (struct lake_objects){0};
}

/* ---- Whose is it? ---------------------------------------------------------------------------- */

static enum status refuse_foreign(const struct lake *lake, struct str key, struct error *error)
{
    error_set(error, STATUS_FOREIGN,
              "%s/%.*s was not written by sparkify, and it lies where a "
              "table would go",
              store_address(lake->store), STR_ARG(key));
    return error_hint(error, "choose another --output, or move it away: a run replaces all that is "
                             "in the folders of its tables");
}

static enum status check_table(const struct lake *lake, enum table_id table, struct error *error)
{
    const struct store_listing *listed = &lake->tables[table].listed;
    int64_t version;
    for (size_t i = 0; i < listed->count; i++) {
        struct str key = listed->objects[i].key;
        if (!is_our_data_key(table, key) && !is_log_key(table, key, &version) &&
            !is_log_extra(table, key))
            return refuse_foreign(lake, key, error);
    }
    return STATUS_OK;
}

static void keep_unfinished_rejects(struct lake *lake)
{
    struct store_listing *found = &lake->unfinished;
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++)
        if (str_starts_with(found->objects[i].key, STR("_rejects/run=")) &&
            str_ends_with(found->objects[i].key, STR("/.part-00000.json.tmp")))
            found->objects[kept++] = found->objects[i];
    found->count = kept;
}

/* Lists all that a run writes to, at once. */
static enum status take_stock(struct lake *lake, struct error *error)
{
    struct store_list lists[TABLE_COUNT + 2];
    for (int table = 0; table < TABLE_COUNT; table++)
        lists[table] = (struct store_list){model_tables[table].name, STORE_LIST_ALL,
                                           &lake->tables[table].listed};
    lists[TABLE_COUNT] = (struct store_list){"_rejects", STORE_LIST_ALL, &lake->unfinished};
    lists[TABLE_COUNT + 1] = (struct store_list){"_sparkify", STORE_LIST_ALL, &lake->own};
    TRY(store_list_all(lake->store, lists, TABLE_COUNT + 2, error));
    for (int table = 0; table < TABLE_COUNT; table++)
        TRY(check_table(lake, (enum table_id)table, error));
    keep_unfinished_rejects(lake);
    return STATUS_OK;
}

/* ---- Can the store commit? ------------------------------------------------------------------- */

static bool has_probe(const struct lake *lake)
{
    for (size_t i = 0; i < lake->own.count; i++)
        if (str_equal(lake->own.objects[i].key, STR(LAKE_PROBE_KEY)))
            return true;
    return false;
}

/* A store that overwrites what it was asked not to would let two runs both believe that they have
 * won. The probe stays, so that the next run needs only one request for it. */
static enum status probe_store(struct lake *lake, struct error *error)
{
    struct store_facts facts;
    store_look(lake->store, &facts);
    if (!facts.is_remote)
        return STATUS_OK; /* link(2) can be relied on */
    lake->had_probe = has_probe(lake);
    for (int tries = lake->had_probe ? 1 : 0; tries < 2; tries++) {
        CLEANUP(buffer_release) struct buffer text = {0}; /* other bytes each time */
        buffer_appendf(&text, "%s %d", lake->run_id, tries);
        enum status status =
            store_put_if_absent(lake->store, STR(LAKE_PROBE_KEY), buffer_str(&text), error);
        if (status == STATUS_EXISTS)
            return STATUS_OK;
        TRY(status);
    }
    error_set(error, STATUS_FAILED,
              "%s cannot commit safely: it overwrites an object that it was asked not to "
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
    for (int table = 0; table < TABLE_COUNT; table++) {
        store_listing_release(&lake->tables[table].listed);
        lake_objects_release(&lake->tables[table].files);
        lake->tables[table].version = -1;
    }
    store_listing_release(&lake->unfinished);
    store_listing_release(&lake->own);
    lake->decision = -1;
}

/* Another run may commit, and clear up, while we look: then we look again. */
static enum status open_store(struct lake *lake, struct error *error)
{
    enum status status = STATUS_NOT_FOUND;
    for (int tries = 0; tries < 5 && status == STATUS_NOT_FOUND; tries++) {
        forget_stock(lake);
        TRY(take_stock(lake, error));
        status = lake_read_state(lake, error);
    }
    TRY(status);
    return lake->options.is_dry ? STATUS_OK : probe_store(lake, error);
}

enum status lake_open(struct store *store, const struct lake_options *options, struct lake **out,
                      struct error *error)
{
    struct lake *lake = mem_zalloc(sizeof *lake);
    lake->store = store;
    lake->options = *options;
    lake->now_ms = wall_clock_ms();
    forget_stock(lake);
    pthread_mutex_init(&lake->shared.mutex, NULL);
    run_id_make(lake->run_id);
    buffer_appendf(&lake->rejects_folder, "_rejects/run=%s", lake->run_id);
    enum status status = store ? open_store(lake, error) : STATUS_OK;
    if (options->is_dry)
        lake->store = NULL;
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
    forget_stock(lake);
    for (int table = 0; table < TABLE_COUNT; table++)
        lake_objects_release(&lake->shared.files[table]);
    buffer_release(&lake->rejects_folder);
    pthread_mutex_destroy(&lake->shared.mutex);
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

struct lake_version lake_table_version(const struct lake *lake, enum table_id table)
{
    const struct lake_table *found = &lake->tables[table];
    return (struct lake_version){found->version, found->is_unchanged};
}

uint64_t lake_old_files(const struct lake *lake)
{
    uint64_t files = 0;
    for (int table = 0; table < TABLE_COUNT; table++) {
        const struct store_listing *listed = &lake->tables[table].listed;
        for (size_t i = 0; i < listed->count; i++)
            files += is_our_data_key((enum table_id)table, listed->objects[i].key);
    }
    return files;
}

uint64_t lake_unfinished(const struct lake *lake)
{
    uint64_t count = lake->unfinished.count;
    for (int table = 0; table < TABLE_COUNT; table++)
        for (size_t i = 0; i < lake->tables[table].listed.count; i++)
            count += store_is_temporary(lake->tables[table].listed.objects[i].key);
    return count;
}
