/* Files of the tables: a small file is put at once, a large one is uploaded by row groups, in
 * parts. */
#include <output.h>

#include <assert.h>

/* A file is uploaded as soon as it has so many bytes: those that wait for their end take memory. */
#define PART_BYTES ((size_t)512 << 10)
/* Strings in a row group of rows that come one by one. */
#define GROUP_BYTES ((size_t)64 << 20)

void output_init(struct output *output, struct lake *lake, const char *version,
                 enum parquet_codec codec, unsigned threads)
{
    struct parquet_options options = parquet_options_default();
    *output = (struct output){.lake = lake, .threads = threads};
    snprintf(output->created_by, sizeof output->created_by, "sparkify version %s", version);
    options.codec = codec;
    options.created_by = output->created_by;
    const struct model *model = lake_model(lake);
    for (size_t table = 0; table < model->all_count; table++)
        output->schemas[table] = model_parquet_schema(&model->tables[table], &options);
    output->workers = mem_zalloc(threads * sizeof *output->workers);
    for (unsigned i = 0; i < threads; i++)
        output->workers[i].encoder = parquet_encoder_new();
}

void output_release(struct output *output)
{
    for (unsigned i = 0; i < output->threads; i++) {
        parquet_encoder_free(output->workers[i].encoder);
        columns_release(&output->workers[i].columns);
        buffer_release(&output->workers[i].bytes);
        buffer_release(&output->workers[i].folder);
    }
    for (int table = 0; table < MODEL_MAX_TABLES; table++)
        if (output->schemas[table])
            parquet_schema_free(output->schemas[table]);
    mem_free(output->workers);
    *output = (struct output){0};
}

void output_add_time(struct output *output, int table, uint64_t start_ns)
{
    atomic_fetch_add(&output->busy_ns[table], clock_ns() - start_ns);
}

const struct parquet_row_group *output_encode_columns(struct output *output, unsigned worker)
{
    struct output_worker *tools = &output->workers[worker];
    struct parquet_column view[MODEL_MAX_COLUMNS];
    columns_view(&tools->columns, view);
    return parquet_encode(tools->encoder, output->schemas[tools->columns.table], view,
                          tools->columns.rows);
}

/* ---- Files of several row groups ------------------------------------------------------------- */

struct table_file *table_file_new(struct output *output, int table, struct str folder)
{
    struct table_file *file = mem_zalloc(sizeof *file);
    file->output = output;
    file->table = table;
    buffer_append_str(&file->folder, folder);
    file->shared.file = parquet_file_new(output->schemas[table]);
    pthread_mutex_init(&file->shared.mutex, NULL);
    return file;
}

void table_file_free(struct table_file *file)
{
    if (!file)
        return;
    lake_upload_abort(file->shared.upload);
    parquet_file_free(file->shared.file);
    for (size_t i = 0; i < file->shared.waiting_count; i++)
        if (file->shared.waiting[i])
            parquet_row_group_free(file->shared.waiting[i]);
    mem_free(file->shared.waiting);
    buffer_release(&file->shared.bytes);
    buffer_release(&file->folder);
    pthread_mutex_destroy(&file->shared.mutex);
    mem_free(file);
}

/* Writes what has been kept, and then `bytes`. */
static enum status upload_locked(struct table_file *file, struct str bytes, struct error *error)
{
    struct lake *lake = file->output->lake;
    if (!file->shared.upload)
        TRY(lake_upload_begin(lake, file->table, buffer_str(&file->folder), file->number,
                              &file->shared.upload, error));
    TRY(lake_upload_write(file->shared.upload, buffer_str(&file->shared.bytes), error));
    buffer_reset(&file->shared.bytes);
    return bytes.len ? lake_upload_write(file->shared.upload, bytes, error) : STATUS_OK;
}

static void insert_waiting_locked(struct table_file *file, size_t number,
                                  struct parquet_row_group *group)
{
    size_t position = number - file->shared.next;
    MEM_GROW(file->shared.waiting, position + 1, file->shared.waiting_cap);
    while (file->shared.waiting_count <= position)
        file->shared.waiting[file->shared.waiting_count++] = NULL;
    assert(!file->shared.waiting[position]);
    file->shared.waiting[position] = group;
}

/* A large row group is not copied. */
static enum status write_group_locked(struct table_file *file,
                                      const struct parquet_row_group *group, struct error *error)
{
    struct buffer *kept = &file->shared.bytes;
    struct str bytes = parquet_file_place(file->shared.file, group, kept);
    if (kept->len + bytes.len >= PART_BYTES)
        return upload_locked(file, bytes, error);
    buffer_append_str(kept, bytes);
    return STATUS_OK;
}

/* Writes the next row group, and frees it where it has been waiting. */
static enum status write_next_locked(struct table_file *file, const struct parquet_row_group *group,
                                     struct error *error)
{
    enum status status = write_group_locked(file, group, error);
    file->shared.next++;
    if (file->shared.waiting_count == 0)
        return status;
    parquet_row_group_free(file->shared.waiting[0]);
    file->shared.waiting_count--;
    memmove(file->shared.waiting, file->shared.waiting + 1,
            file->shared.waiting_count * sizeof *file->shared.waiting);
    return status;
}

enum status table_file_add(struct table_file *file, size_t number,
                           const struct parquet_row_group *group, unsigned worker,
                           struct error *error)
{
    enum status status = STATUS_OK;
    pthread_mutex_lock(&file->shared.mutex);
    if (number == file->shared.next)
        status = write_next_locked(file, group, error);
    else
        insert_waiting_locked(file, number,
                              parquet_row_group_take(file->output->workers[worker].encoder));
    while (status == STATUS_OK && file->shared.waiting_count > 0 && file->shared.waiting[0])
        status = write_next_locked(file, file->shared.waiting[0], error);
    pthread_mutex_unlock(&file->shared.mutex);
    return status;
}

enum status table_file_finish(struct table_file *file, struct error *error)
{
    assert(file->shared.waiting_count == 0);
    struct parquet_statistics columns[MODEL_MAX_COLUMNS];
    parquet_file_finish(file->shared.file, &file->shared.bytes);
    uint64_t rows = parquet_file_rows(file->shared.file);
    size_t count = parquet_schema_columns(file->output->schemas[file->table]);
    for (size_t i = 0; i < count; i++)
        parquet_file_statistics(file->shared.file, i, &columns[i]);
    if (!file->shared.upload) {
        struct lake_file put = {file->table, buffer_str(&file->folder), rows, columns,
                                file->number};
        return lake_put(file->output->lake, &put, buffer_str(&file->shared.bytes), error);
    }
    TRY(upload_locked(file, (struct str){0}, error));
    struct lake_upload *upload = file->shared.upload;
    file->shared.upload = NULL;
    return lake_upload_finish(upload, rows, columns, error);
}

/* ---- Files written row by row ---------------------------------------------------------------- */

void rows_file_begin(struct rows_file *file, struct output *output, unsigned worker, int table,
                     struct str folder)
{
    struct columns *columns = &output->workers[worker].columns;
    if (!columns->model || columns->table != table) {
        columns_release(columns);
        columns_init(columns, lake_model(output->lake), table);
    }
    columns_reset(columns);
    *file = (struct rows_file){
        .output = output, .worker = worker, .folder = folder, .columns = columns};
}

void rows_file_release(struct rows_file *file)
{
    table_file_free(file->large);
    *file = (struct rows_file){0};
}

static enum status add_group(struct rows_file *file, struct error *error)
{
    if (!file->large)
        file->large = table_file_new(file->output, file->columns->table, file->folder);
    TRY(table_file_add(file->large, file->groups++,
                       output_encode_columns(file->output, file->worker), file->worker, error));
    columns_reset(file->columns);
    return STATUS_OK;
}

enum status rows_file_add_row(struct rows_file *file, struct error *error)
{
    if (file->columns->rows == GROUP_ROWS || columns_string_bytes(file->columns) >= GROUP_BYTES)
        TRY(add_group(file, error));
    columns_add_rows(file->columns, 1);
    return STATUS_OK;
}

static enum status put_small(struct rows_file *file, struct error *error)
{
    struct output *output = file->output;
    const struct columns *columns = file->columns;
    struct output_worker *tools = &output->workers[file->worker];
    struct parquet_column view[MODEL_MAX_COLUMNS];
    struct parquet_statistics statistics[MODEL_MAX_COLUMNS];
    struct lake_file put = {columns->table, file->folder, columns->rows, statistics};
    columns_view(columns, view);
    buffer_reset(&tools->bytes);
    parquet_write_small(tools->encoder, output->schemas[columns->table], view, columns->rows,
                        &tools->bytes);
    for (size_t i = 0; i < parquet_schema_columns(output->schemas[columns->table]); i++)
        parquet_small_statistics(tools->encoder, i, &statistics[i]);
    return lake_put(output->lake, &put, buffer_str(&tools->bytes), error);
}

enum status rows_file_finish(struct rows_file *file, struct error *error)
{
    if (!file->large)
        return put_small(file, error);
    TRY(add_group(file, error));
    return table_file_finish(file->large, error);
}
