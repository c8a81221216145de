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
    int table;      /* -1: in no table */
    struct str key; /* the run's copy, of a table's file */
    uint64_t bytes;
    struct hasher *hasher; /* NULL: in no table */
};

/* Where the run's own copy of a key is to be. An abort deletes the object, whether the put succeeds
 * or not. Copies are made after the lock, for which all threads wait. */
static char *add_begun_locked(struct lake *lake, size_t key_len)
{
    char *copy = arena_alloc(&lake->shared.begun.arena, key_len);
    lake_keys_add(&lake->shared.begun, (struct str){copy, key_len});
    return copy;
}

static struct str note_begun(struct lake *lake, struct str key)
{
    pthread_mutex_lock(&lake->shared.mutex);
    char *copy = add_begun_locked(lake, key.len);
    pthread_mutex_unlock(&lake->shared.mutex);
    memcpy(copy, key.data, key.len);
    return (struct str){copy, key.len};
}

/* Notes a file of a table, and that it is begun where `is_begun` is false: else the key is the
 * run's own copy, as is the one that is returned. */
static struct str note_file(struct lake *lake, int table, struct str key, bool is_begun,
                            struct lake_entry entry, const struct parquet_statistics *columns)
{
    CLEANUP(buffer_release) struct buffer stats = {0};
    struct lake_entries *files = &lake->shared.files[table];
    size_t folder_len = strlen(lake_model_table(lake, table)->folder) + 1;
    if (columns && table < lake_table_count(lake)) {
        buffer_reserve(&stats, STATS_BYTES);
        delta_stats(&stats, lake_model_table(lake, table), entry.rows, columns, true);
    }
    pthread_mutex_lock(&lake->shared.mutex);
    char *copy = is_begun ? NULL : add_begun_locked(lake, key.len);
    struct str own = {is_begun ? key.data : copy, key.len};
    char *own_stats = arena_alloc(&files->arena, stats.len);
    entry.key = (struct str){own.data + folder_len, own.len - folder_len};
    entry.stats = (struct str){own_stats, stats.len};
    entry.until = LAKE_CURRENT;
    lake_entries_share(files, &entry);
    pthread_mutex_unlock(&lake->shared.mutex);
    if (copy)
        memcpy(copy, key.data, key.len);
    if (stats.len)
        memcpy(own_stats, stats.data, stats.len);
    return own;
}

/* All is noted before the put, under one lock: one that fails ends the run. */
enum status lake_put(struct lake *lake, const struct lake_file *file, struct str bytes,
                     struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    struct lake_entry entry = {.bytes = bytes.len, .rows = file->rows, .hash = hash_stored(bytes)};
    buffer_reserve(&text, KEY_BYTES);
    lake_data_key(&text, lake_model_table(lake, file->table), file->folder, file->number,
                  lake->run_id, lake->options.codec);
    TRY(lake_heartbeat_begin(lake, error));
    struct str key = note_file(lake, file->table, buffer_str(&text), false, entry, file->columns);
    return lake_gate_put_later(lake, key, bytes, error);
}

enum status lake_adopt(struct lake *lake, const struct lake_file *file,
                       const struct store_object *from, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    lake_data_key(&text, lake_model_table(lake, file->table), file->folder, file->number,
                  lake->run_id, lake->options.codec);
    struct str key = note_begun(lake, buffer_str(&text));
    TRY(lake_gate_move(lake, from, key, error));
    struct lake_entry entry = {.bytes = from->size_bytes, .rows = file->rows};
    note_file(lake, file->table, key, true, entry, file->columns);
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
    mem_free(upload);
}

static enum status upload_begin(struct lake *lake, int table, struct str key,
                                struct lake_upload **out, struct error *error)
{
    struct lake_upload *upload = mem_zalloc(sizeof *upload);
    enum status status = lake_heartbeat_begin(lake, error);
    *upload = (struct lake_upload){.lake = lake, .table = table, .key = key};
    if (table >= 0)
        upload->hasher = hasher_new();
    if (status == STATUS_OK)
        status = lake_gate_upload_begin(lake, key, &upload->object, error);
    if (status == STATUS_OK)
        *out = upload;
    else
        upload_free(upload);
    return status;
}

enum status lake_upload_begin(struct lake *lake, int table, struct str folder, unsigned number,
                              struct lake_upload **out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    lake_data_key(&key, lake_model_table(lake, table), folder, number, lake->run_id,
                  lake->options.codec);
    return upload_begin(lake, table, note_begun(lake, buffer_str(&key)), out, error);
}

enum status lake_rejects_begin(struct lake *lake, unsigned number, struct lake_upload **out,
                               struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    buffer_append_str(&key, buffer_str(&lake->rejects_folder));
    buffer_appendf(&key, "/part-%05u.json", number);
    return upload_begin(lake, -1, buffer_str(&key), out, error);
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
        note_file(upload->lake, upload->table, upload->key, true,
                  (struct lake_entry){
                      .bytes = upload->bytes, .rows = rows, .hash = hasher_value(upload->hasher)},
                  columns);
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
    return lake_entries_count_current(&lake->shared.files[table]);
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
