#include "checkpoint_put.h"

#include "checkpoint.h"
#include "delta_log.h"
#include "gate.h"
#include "names.h"

#include <stdlib.h>

/* By key, of one file the last removal first. */
static int by_key_and_time(const void *a, const void *b)
{
    const struct lake_entry *left = a, *right = b;
    int order = str_compare(left->key, right->key);
    return order ? order
                 : (left->removed_ms < right->removed_ms) - (left->removed_ms > right->removed_ms);
}

/* A file may have been removed twice, or be current again after it was removed: a checkpoint has
 * only the last of these actions. */
static void drop_older(const struct lake_entries *current, struct lake_entries *removed)
{
    size_t kept = 0;
    if (removed->count)
        qsort(removed->entries, removed->count, sizeof *removed->entries, by_key_and_time);
    for (size_t i = 0; i < removed->count; i++) {
        const struct lake_entry *file = &removed->entries[i];
        bool is_again = kept && str_equal(removed->entries[kept - 1].key, file->key);
        if (!is_again && !lake_entries_has(current, file->key))
            removed->entries[kept++] = *file;
    }
    removed->count = kept;
}

static void split_files(const struct lake_change *change, struct lake_entries *current,
                        struct lake_entries *removed)
{
    const struct lake_entries *lists[] = {&change->next, &change->tombstones};
    for (size_t list = 0; list < ARRAY_LENGTH(lists); list++)
        for (size_t i = 0; i < lists[list]->count; i++) {
            const struct lake_entry *entry = &lists[list]->entries[i];
            lake_entries_share(entry->until == LAKE_CURRENT ? current : removed, entry);
        }
    drop_older(current, removed);
}

/* The object gets its name once its bytes, and all objects before it, are on durable storage: a
 * loss of power must leave no partial checkpoint, which readers would find by its name, and no
 * pointer that is empty or names one that is not there. */
static enum status put_safe(struct lake *lake, struct str key, struct str bytes,
                            struct error *error)
{
    struct store_upload *upload = NULL;
    TRY(lake_gate_upload_begin(lake, key, &upload, error));
    enum status status = store_upload_write(upload, bytes, error);
    if (status == STATUS_OK)
        status = store_flush(lake->store, error);
    if (status == STATUS_OK)
        return store_upload_replace(upload, error);
    store_upload_abort(upload);
    return status;
}

static enum status put(struct lake *lake, const struct checkpoint *checkpoint, struct error *error)
{
    CLEANUP(buffer_release) struct buffer bytes = {0}, text = {0}, key = {0};
    checkpoint_write(&bytes, checkpoint);
    lake_checkpoint_key(&key, checkpoint->table, checkpoint->log->version);
    TRY(put_safe(lake, buffer_str(&key), buffer_str(&bytes), error));
    checkpoint_write_pointer(&text, checkpoint, bytes.len);
    buffer_reset(&key);
    lake_last_checkpoint_key(&key, checkpoint->table);
    return put_safe(lake, buffer_str(&key), buffer_str(&text), error);
}

static enum status put_checkpoint(struct lake *lake, int table, const struct lake_change *change,
                                  struct error *error)
{
    CLEANUP(lake_entries_release) struct lake_entries current = {0}, removed = {0};
    char created_by[64];
    snprintf(created_by, sizeof created_by, "sparkify version %s", lake->options.version);
    split_files(change, &current, &removed);
    struct checkpoint checkpoint = {
        .table = lake_model_table(lake, table),
        .log = &lake->tables[table].log,
        .files = &current,
        .removed = &removed,
        .codec = lake->options.codec,
        .created_by = created_by,
    };
    return put(lake, &checkpoint, error);
}

enum status lake_put_checkpoints(struct lake *lake, const struct lake_changes *changes,
                                 struct error *error)
{
    bool has_put = false;
    for (int table = 0; table < lake_table_count(lake); table++) {
        int64_t version = lake->tables[table].log.version;
        if (lake->tables[table].is_unchanged || version <= 0 ||
            version % DELTA_CHECKPOINT_INTERVAL != 0)
            continue;
        has_put = true;
        TRY(put_checkpoint(lake, table, &changes->tables[table], error));
    }
    return has_put ? store_flush(lake->store, error) : STATUS_OK;
}
