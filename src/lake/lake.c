/* How a run replaces the tables of a lake.
 *
 *   open     list what is there: all of it must be ours; these are the old files
 *   put …    new files, under names that no other run uses; each appears whole or not at all
 *   commit   flush the store, so that every new file is safe; only then delete the old ones
 *   abort    delete the files that carry this run's id
 *
 * Killed before the commit's first delete: the old files are all there, and those of the dead run
 * are old files to the next one. Killed while it deletes: the new files are all there, and the next
 * run deletes the rest. */
#include <lake.h>

#include "names.h"

#include <pthread.h>

struct lake {
    struct store *store; /* NULL: nothing is written */
    enum parquet_codec codec;
    char run_id[LAKE_RUN_ID_LEN + 1];
    struct buffer rejects_folder;
    struct store_listing old[TABLE_COUNT];
    struct store_listing unfinished; /* rejects of runs that died */
    bool is_complete;                /* all new files are safe: they stay, whatever happens */
    struct {
        pthread_mutex_t mutex;
        struct lake_counts counts[TABLE_COUNT];
    } shared;
};

struct lake_upload {
    struct lake *lake;
    struct store_upload *object; /* NULL: nothing is written */
    int table;                   /* -1: in no table */
    uint64_t bytes;
};

/* ---- Opening ------------------------------------------------------------------------------- */

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
    const struct store_listing *old = &lake->old[table];
    for (size_t i = 0; i < old->count; i++)
        if (!is_our_data_key(table, old->objects[i].key))
            return refuse_foreign(lake, old->objects[i].key, error);
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
    struct store_list lists[TABLE_COUNT + 1];
    for (int table = 0; table < TABLE_COUNT; table++)
        lists[table] =
            (struct store_list){model_tables[table].name, STORE_LIST_ALL, &lake->old[table]};
    lists[TABLE_COUNT] = (struct store_list){"_rejects", STORE_LIST_ALL, &lake->unfinished};
    TRY(store_list_all(lake->store, lists, TABLE_COUNT + 1, error));
    for (int table = 0; table < TABLE_COUNT; table++)
        TRY(check_table(lake, (enum table_id)table, error));
    keep_unfinished_rejects(lake);
    return STATUS_OK;
}

enum status lake_open(struct store *store, enum parquet_codec codec, bool dry, struct lake **out,
                      struct error *error)
{
    struct lake *lake = mem_zalloc(sizeof *lake);
    enum status status = STATUS_OK;
    lake->store = store;
    lake->codec = codec;
    pthread_mutex_init(&lake->shared.mutex, NULL);
    run_id_make(lake->run_id);
    buffer_appendf(&lake->rejects_folder, "_rejects/run=%s", lake->run_id);
    if (store)
        status = take_stock(lake, error);
    if (dry)
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
    for (int table = 0; table < TABLE_COUNT; table++)
        store_listing_release(&lake->old[table]);
    store_listing_release(&lake->unfinished);
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

/* ---- Writing ------------------------------------------------------------------------------- */

static void count_file(struct lake *lake, enum table_id table, uint64_t bytes, uint64_t rows)
{
    pthread_mutex_lock(&lake->shared.mutex);
    struct lake_counts *counts = &lake->shared.counts[table];
    counts->files++;
    counts->bytes += bytes;
    counts->rows += rows;
    pthread_mutex_unlock(&lake->shared.mutex);
}

enum status lake_put(struct lake *lake, const struct lake_file *file, struct str bytes,
                     struct error *error)
{
    if (lake->store) {
        CLEANUP(buffer_release) struct buffer key = {0};
        data_key(&key, file->table, file->folder, lake->run_id, lake->codec);
        TRY(store_put(lake->store, buffer_str(&key), bytes, error));
    }
    count_file(lake, file->table, bytes.len, file->rows);
    return STATUS_OK;
}

static enum status upload_begin(struct lake *lake, int table, struct str key,
                                struct lake_upload **out, struct error *error)
{
    struct lake_upload *upload = mem_zalloc(sizeof *upload);
    enum status status = STATUS_OK;
    *upload = (struct lake_upload){.lake = lake, .table = table};
    if (lake->store)
        status = store_upload_begin(lake->store, key, &upload->object, error);
    if (status == STATUS_OK)
        *out = upload;
    else
        mem_free(upload);
    return status;
}

enum status lake_upload_begin(struct lake *lake, enum table_id table, struct str folder,
                              struct lake_upload **out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    data_key(&key, table, folder, lake->run_id, lake->codec);
    return upload_begin(lake, table, buffer_str(&key), out, error);
}

enum status lake_rejects_begin(struct lake *lake, struct lake_upload **out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    buffer_append_str(&key, buffer_str(&lake->rejects_folder));
    buffer_append_str(&key, STR("/part-00000.json"));
    return upload_begin(lake, -1, buffer_str(&key), out, error);
}

enum status lake_upload_write(struct lake_upload *upload, struct str bytes, struct error *error)
{
    upload->bytes += bytes.len;
    return upload->object ? store_upload_write(upload->object, bytes, error) : STATUS_OK;
}

enum status lake_upload_finish(struct lake_upload *upload, uint64_t rows, struct error *error)
{
    enum status status = STATUS_OK;
    if (upload->object)
        status = store_upload_finish(upload->object, error);
    if (status == STATUS_OK && upload->table >= 0)
        count_file(upload->lake, (enum table_id)upload->table, upload->bytes, rows);
    mem_free(upload);
    return status;
}

void lake_upload_abort(struct lake_upload *upload)
{
    if (!upload)
        return;
    if (upload->object)
        store_upload_abort(upload->object);
    mem_free(upload);
}

struct lake_counts lake_table_counts(const struct lake *lake, enum table_id table)
{
    return lake->shared.counts[table];
}

uint64_t lake_old_files(const struct lake *lake)
{
    uint64_t files = 0;
    for (int table = 0; table < TABLE_COUNT; table++)
        files += lake->old[table].count;
    return files;
}

uint64_t lake_unfinished(const struct lake *lake)
{
    uint64_t count = lake->unfinished.count;
    for (int table = 0; table < TABLE_COUNT; table++)
        for (size_t i = 0; i < lake->old[table].count; i++)
            count += store_is_temporary(lake->old[table].objects[i].key);
    return count;
}

/* ---- Commit and abort ------------------------------------------------------------------------ */

static enum status delete_listed(struct lake *lake, const struct store_listing *listing,
                                 const char *only_run, struct error *error)
{
    struct str *keys = mem_alloc(listing->count * sizeof *keys);
    size_t count = 0;
    for (size_t i = 0; i < listing->count; i++)
        if (!only_run || is_of_run(listing->objects[i].key, only_run))
            keys[count++] = listing->objects[i].key;
    enum status status = count ? store_delete(lake->store, keys, count, error) : STATUS_OK;
    mem_free(keys);
    return status;
}

static enum status remove_old(struct lake *lake, struct error *error)
{
    for (int table = 0; table < TABLE_COUNT; table++)
        TRY(delete_listed(lake, &lake->old[table], NULL, error));
    return delete_listed(lake, &lake->unfinished, NULL, error);
}

enum status lake_commit(struct lake *lake, struct error *error)
{
    if (!lake->store)
        return STATUS_OK;
    TRY(store_flush(lake->store, error));
    lake->is_complete = true;
    if (remove_old(lake, error) == STATUS_OK)
        return STATUS_OK;
    error_wrap(error, "the new tables are complete, but removing the old files failed");
    return error_hint(error, "readers see old and new rows until the next run removes the rest: "
                             "mend the cause and run again");
}

/* The run has failed already, with a message of its own: what cannot be removed here is removed by
 * the next run's commit. What is still being written is waited for: it would appear afterwards. */
void lake_abort(struct lake *lake)
{
    struct error ignored;
    struct store_listing written[TABLE_COUNT] = {0};
    struct store_list lists[TABLE_COUNT];
    if (!lake->store || lake->is_complete)
        return;
    (void)!store_flush(lake->store, &ignored);
    for (int table = 0; table < TABLE_COUNT; table++)
        lists[table] =
            (struct store_list){model_tables[table].name, STORE_LIST_ALL, &written[table]};
    bool is_listed = store_list_all(lake->store, lists, TABLE_COUNT, &ignored) == STATUS_OK;
    for (int table = 0; table < TABLE_COUNT; table++) {
        if (is_listed)
            (void)!delete_listed(lake, &written[table], lake->run_id, &ignored);
        store_prune(lake->store, model_tables[table].name);
        store_listing_release(&written[table]);
    }
    store_prune(lake->store, "_rejects");
}
