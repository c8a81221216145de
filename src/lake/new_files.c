#include "new_files.h"

#include "delta_log.h"
#include "gate.h"
#include "markers.h"
#include "names.h"

/* So that the texts of nearly all files are allocated once. */
#define KEY_BYTES   256
#define STATS_BYTES 1024

struct lake_upload {
    struct lake *lake;
    struct store_upload *object;
    int table; /* -1: in no table */
    struct buffer key;
    uint64_t bytes;
    struct hasher *hasher; /* NULL: in no table */
};

static void note_file(struct lake *lake, int table, struct str key, uint64_t bytes, uint64_t hash,
                      uint64_t rows, const struct parquet_statistics *columns)
{
    CLEANUP(buffer_release) struct buffer stats = {0};
    size_t folder_len = strlen(lake_model_table(lake, table)->folder) + 1;
    if (columns && table < lake_table_count(lake)) {
        buffer_reserve(&stats, STATS_BYTES);
        delta_stats(&stats, lake_model_table(lake, table), rows, columns);
    }
    struct lake_entry entry = {
        .key = {key.data + folder_len, key.len - folder_len},
        .bytes = bytes,
        .rows = rows,
        .hash = hash,
        .until = LAKE_CURRENT,
        .stats = buffer_str(&stats),
    };
    pthread_mutex_lock(&lake->shared.mutex);
    lake_entries_add(&lake->shared.files[table], &entry);
    pthread_mutex_unlock(&lake->shared.mutex);
}

/* An abort deletes the key, whether the put succeeds or not. */
static void note_begun(struct lake *lake, struct str key)
{
    pthread_mutex_lock(&lake->shared.mutex);
    lake_keys_add_copy(&lake->shared.begun, key);
    pthread_mutex_unlock(&lake->shared.mutex);
}

enum status lake_put(struct lake *lake, const struct lake_file *file, struct str bytes,
                     struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    buffer_reserve(&key, KEY_BYTES);
    lake_data_key(&key, lake_model_table(lake, file->table), file->folder, file->number,
                  lake->run_id, lake->options.codec);
    TRY(lake_heartbeat_begin(lake, error));
    note_begun(lake, buffer_str(&key));
    TRY(lake_gate_put_later(lake, buffer_str(&key), bytes, error));
    note_file(lake, file->table, buffer_str(&key), bytes.len, hash_stored(bytes), file->rows,
              file->columns);
    return STATUS_OK;
}

enum status lake_adopt(struct lake *lake, const struct lake_file *file, unsigned number,
                       const struct store_object *from, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    lake_data_key(&key, lake_model_table(lake, file->table), file->folder, number, lake->run_id,
                  lake->options.codec);
    note_begun(lake, buffer_str(&key));
    TRY(lake_gate_move(lake, from, buffer_str(&key), error));
    note_file(lake, file->table, buffer_str(&key), from->size_bytes, 0, file->rows, file->columns);
    return STATUS_OK;
}

enum status lake_staging_begin(struct lake *lake, struct buffer *out, struct error *error)
{
    lake->has_staging = true;
    lake_staging_key(out, lake->run_id);
    return lake_heartbeat_begin(lake, error);
}

static void upload_free(struct lake_upload *upload)
{
    hasher_free(upload->hasher);
    buffer_release(&upload->key);
    mem_free(upload);
}

/* The key moves into the upload. */
static enum status upload_begin(struct lake *lake, int table, struct buffer *key,
                                struct lake_upload **out, struct error *error)
{
    struct lake_upload *upload = mem_zalloc(sizeof *upload);
    enum status status = lake_heartbeat_begin(lake, error);
    *upload = (struct lake_upload){.lake = lake, .table = table, .key = *key};
    if (table >= 0)
        upload->hasher = hasher_new();
    if (status == STATUS_OK)
        status = lake_gate_upload_begin(lake, buffer_str(key), &upload->object, error);
    if (status == STATUS_OK)
        *out = upload;
    else
        upload_free(upload);
    return status;
}

enum status lake_upload_begin(struct lake *lake, int table, struct str folder, unsigned number,
                              struct lake_upload **out, struct error *error)
{
    struct buffer key = {0};
    lake_data_key(&key, lake_model_table(lake, table), folder, number, lake->run_id,
                  lake->options.codec);
    note_begun(lake, buffer_str(&key));
    return upload_begin(lake, table, &key, out, error);
}

enum status lake_rejects_begin(struct lake *lake, unsigned number, struct lake_upload **out,
                               struct error *error)
{
    struct buffer key = {0};
    buffer_append_str(&key, buffer_str(&lake->rejects_folder));
    buffer_appendf(&key, "/part-%05u.json", number);
    return upload_begin(lake, -1, &key, out, error);
}

enum status lake_upload_write(struct lake_upload *upload, struct str bytes, struct error *error)
{
    upload->bytes += bytes.len;
    if (upload->hasher)
        hasher_add(upload->hasher, bytes);
    return store_upload_write(upload->object, bytes, error);
}

/* The plan has the size of each table's file, so that a partial one is noticed. Nothing has that of
 * a rejects file: it gets its name once its bytes are safe, so that no loss of power leaves a part
 * of it under that name. */
enum status lake_upload_finish(struct lake_upload *upload, uint64_t rows,
                               const struct parquet_statistics *columns, struct error *error)
{
    enum status status = STATUS_OK;
    if (upload->table < 0)
        status = store_flush(upload->lake->store, error);
    if (status == STATUS_OK)
        status = store_upload_finish(upload->object, error);
    else
        store_upload_abort(upload->object);
    if (status == STATUS_OK && upload->table >= 0)
        note_file(upload->lake, upload->table, buffer_str(&upload->key), upload->bytes,
                  hasher_value(upload->hasher), rows, columns);
    upload_free(upload);
    return status;
}

void lake_upload_abort(struct lake_upload *upload)
{
    if (!upload)
        return;
    store_upload_abort(upload->object);
    upload_free(upload);
}

bool lake_is_all_below(const struct lake *lake, int table, struct str folder)
{
    const struct lake_entries *files = &lake->shared.files[table];
    for (size_t i = 0; i < files->count; i++) {
        struct str key = files->entries[i].key;
        if (!str_starts_with(key, folder) || key.len == folder.len || key.data[folder.len] != '/')
            return false;
    }
    return files->count > 0;
}

uint64_t lake_rows_after(const struct lake *lake, int table)
{
    enum lake_mode mode = lake->tables[table].mode;
    uint64_t before = mode == LAKE_REPLACE ? 0 : lake_counts_before(lake, table).rows;
    return before + (mode == LAKE_KEEP ? 0 : lake_table_counts(lake, table).rows);
}

struct lake_counts lake_table_counts(const struct lake *lake, int table)
{
    const struct lake_entries *files = &lake->shared.files[table];
    struct lake_counts counts = {.files = files->count};
    for (size_t i = 0; i < files->count; i++) {
        counts.bytes += files->entries[i].bytes;
        counts.rows += files->entries[i].rows;
    }
    return counts;
}

static enum status check_table_names(const struct lake *lake, int table, struct error *error)
{
    CLEANUP(lake_keys_release) struct lake_keys keys = {0};
    const struct lake_entries *files = &lake->shared.files[table];
    for (size_t i = 0; i < files->count; i++)
        lake_keys_add_file(&keys, lake_model_table(lake, table), files->entries[i].key);
    return store_check_names(lake->store, lake_model_table(lake, table)->folder, keys.keys,
                             keys.count, error);
}

enum status lake_check_names(const struct lake *lake, struct error *error)
{
    for (int table = 0; table < lake_all_count(lake) && store_folds_names(lake->store); table++)
        TRY(check_table_names(lake, table, error));
    return STATUS_OK;
}
