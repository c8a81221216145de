#include "checkpoint_put.h"

#include "checkpoint.h"
#include "delta_log.h"
#include "gate.h"
#include "names.h"

#include <stdlib.h>

struct files {
    struct checkpoint_file *files;
    size_t count, cap;
};

static void add_file(struct files *files, const struct lake_entry *entry, int64_t time_ms)
{
    *MEM_ADD(files->files, files->count, files->cap) = (struct checkpoint_file){
        .key = entry->key, .bytes = entry->bytes, .time_ms = time_ms, .stats = entry->stats};
}

static void add_files(const struct lake_entries *entries, struct files *current,
                      struct files *removed)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct lake_entry *entry = &entries->entries[i];
        if (entry->until == LAKE_CURRENT)
            add_file(current, entry, entry->added_ms);
        else
            add_file(removed, entry, entry->removed_ms);
    }
}

static int by_key(const void *a, const void *b)
{
    return str_compare(((const struct checkpoint_file *)a)->key,
                       ((const struct checkpoint_file *)b)->key);
}

/* By key, of one file the last removal first. */
static int by_key_and_time(const void *a, const void *b)
{
    const struct checkpoint_file *left = a, *right = b;
    int order = by_key(a, b);
    return order ? order : (left->time_ms < right->time_ms) - (left->time_ms > right->time_ms);
}

/* A file may have been removed twice, or be current again after it was removed: a checkpoint has
 * only the last of these actions. */
static void drop_older(const struct files *current, struct files *removed)
{
    size_t kept = 0;
    if (removed->count)
        qsort(removed->files, removed->count, sizeof *removed->files, by_key_and_time);
    for (size_t i = 0; i < removed->count; i++) {
        const struct checkpoint_file *file = &removed->files[i];
        bool is_again = kept && str_equal(removed->files[kept - 1].key, file->key);
        bool is_current = current->count && bsearch(file, current->files, current->count,
                                                    sizeof *current->files, by_key);
        if (!is_again && !is_current)
            removed->files[kept++] = *file;
    }
    removed->count = kept;
}

static void split_files(const struct lake_change *change, struct files *current,
                        struct files *removed)
{
    add_files(&change->next, current, removed);
    add_files(&change->tombstones, current, removed);
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

static enum status put(struct lake *lake, int table, int64_t version,
                       const struct checkpoint *checkpoint, struct error *error)
{
    CLEANUP(buffer_release) struct buffer bytes = {0}, text = {0}, key = {0};
    checkpoint_write(&bytes, checkpoint);
    lake_checkpoint_key(&key, lake_model_table(lake, table), version);
    TRY(put_safe(lake, buffer_str(&key), buffer_str(&bytes), error));
    checkpoint_write_pointer(&text, checkpoint, version, bytes.len);
    buffer_reset(&key);
    lake_last_checkpoint_key(&key, lake_model_table(lake, table));
    return put_safe(lake, buffer_str(&key), buffer_str(&text), error);
}

static enum status put_checkpoint(struct lake *lake, int table, int64_t version,
                                  const struct lake_change *change, struct error *error)
{
    static const struct checkpoint_property properties[] = {
        {STR(DELTA_PROPERTY_KEY), STR(DELTA_PROPERTY_VALUE)}};
    const struct model_table *model = lake_model_table(lake, table);
    const char *partitions[MODEL_MAX_PARTITIONS];
    struct files current = {0}, removed = {0};
    CLEANUP(buffer_release) struct buffer schema = {0};
    char created_by[64];
    for (size_t i = 0; i < model->partition_count; i++)
        partitions[i] = model->columns[model->partitions[i]].name;
    delta_schema(&schema, lake_model_table(lake, table));
    snprintf(created_by, sizeof created_by, "sparkify version %s", lake->options.version);
    split_files(change, &current, &removed);
    struct checkpoint checkpoint = {
        .reader_version = DELTA_READER_VERSION,
        .writer_version = DELTA_WRITER_VERSION,
        .id = str_of(lake->tables[table].id),
        .name = str_of(model->name),
        .schema = buffer_str(&schema),
        .partitions = partitions,
        .partition_count = model->partition_count,
        .properties = properties,
        .property_count = ARRAY_LENGTH(properties),
        .created_ms = lake->tables[table].created_ms,
        .files = current.files,
        .file_count = current.count,
        .removed = removed.files,
        .removed_count = removed.count,
        .codec = lake->options.codec,
        .created_by = created_by,
    };
    enum status status = put(lake, table, version, &checkpoint, error);
    mem_free(current.files);
    mem_free(removed.files);
    return status;
}

enum status lake_put_checkpoints(struct lake *lake, const struct lake_changes *changes,
                                 struct error *error)
{
    bool has_put = false;
    for (int table = 0; table < lake_table_count(lake); table++) {
        const struct lake_table *now = &lake->tables[table];
        if (now->is_unchanged || now->version <= 0 || now->version % DELTA_CHECKPOINT_INTERVAL != 0)
            continue;
        has_put = true;
        TRY(put_checkpoint(lake, table, now->version, &changes->tables[table], error));
    }
    return has_put ? store_flush(lake->store, error) : STATUS_OK;
}
