/* Reads files in the order of their keys. Small files are requested ahead, each with one read; of a
 * large file the footer and then the selected columns of each row group are read. */
#include "table_stream.h"

#include <assert.h>
#include <stdlib.h>

/* A batch ends with the row group that reaches one of these limits. */
#define BATCH_ROWS  ((size_t)64 << 10)
#define BATCH_BYTES ((size_t)64 << 20)
#define SMALL_BYTES ((uint64_t)8 << 20) /* limit of a file that is read with one request */
#define AHEAD_FILES 64
#define AHEAD_BYTES ((uint64_t)64 << 20)

struct selected_column {
    const struct model_column *model;
    size_t file_column; /* index in the files; unused for a partition column, whose value is in the
                           path */
};

struct pending_file {
    struct store_object object;
    struct store_read *read; /* NULL: the file is large */
};

struct table_reader {
    struct table_request request;
    struct lake_snapshot snapshot;
    const struct lake_snapshot_table *files;
    struct parquet_schema *schema;
    struct parquet_values *values;
    struct selected_column selected[MODEL_MAX_COLUMNS];
    size_t count;
    size_t next, begun; /* the next file to read, and to request */
    uint64_t ahead_bytes;
    struct pending_file pending[AHEAD_FILES]; /* the read of file i is at i % AHEAD_FILES */
    /* The current file: */
    struct store_object object;
    struct parquet_reader *reader; /* NULL: no file is open */
    struct buffer bytes;           /* bytes of the file from `offset` on */
    uint64_t offset;
    size_t group;
};

/* ---- Files ----------------------------------------------------------------------------------- */

static void begin_reads(struct table_reader *reader)
{
    while (reader->begun < reader->files->count && reader->begun - reader->next < AHEAD_FILES &&
           reader->ahead_bytes < AHEAD_BYTES) {
        const struct lake_snapshot_file *file = &reader->files->files[reader->begun];
        struct pending_file *pending = &reader->pending[reader->begun++ % AHEAD_FILES];
        *pending = (struct pending_file){.object = {.key = file->key, .size_bytes = file->bytes}};
        if (file->bytes > SMALL_BYTES)
            continue;
        reader->ahead_bytes += file->bytes;
        pending->read =
            store_read_begin(reader->request.store, &pending->object, 0, (size_t)file->bytes);
    }
}

static enum status fetch(struct table_reader *reader, uint64_t offset, uint64_t length,
                         struct error *error)
{
    buffer_reset(&reader->bytes);
    reader->offset = offset;
    return store_get(reader->request.store, &reader->object, offset, (size_t)length, &reader->bytes,
                     error);
}

/* Reads the end of the file with its footer; the first guess of its length is rarely too short. */
static enum status fetch_footer(struct table_reader *reader, uint64_t *out, struct error *error)
{
    uint64_t size = reader->object.size_bytes, guess = size < 65536 ? size : 65536;
    TRY(fetch(reader, size - guess, guess, error));
    TRY(parquet_footer_bytes(buffer_str(&reader->bytes), size, out, error));
    return *out > guess ? fetch(reader, size - *out, *out, error) : STATUS_OK;
}

static enum status fetch_small(struct table_reader *reader, struct store_read *read, uint64_t *out,
                               struct error *error)
{
    buffer_reset(&reader->bytes);
    reader->offset = 0;
    reader->ahead_bytes -= reader->object.size_bytes;
    TRY(store_read_finish(read, &reader->bytes, error));
    return parquet_footer_bytes(buffer_str(&reader->bytes), reader->object.size_bytes, out, error);
}

static enum status open_file(struct table_reader *reader, struct error *error)
{
    uint64_t footer;
    begin_reads(reader);
    struct pending_file *pending = &reader->pending[reader->next++ % AHEAD_FILES];
    struct store_read *read = pending->read;
    pending->read = NULL;
    reader->object = pending->object;
    reader->group = 0;
    TRY(read ? fetch_small(reader, read, &footer, error) : fetch_footer(reader, &footer, error));
    if (footer > reader->bytes.len)
        return error_set(error, STATUS_CORRUPT, "it is shorter than it was");
    struct str bytes = {reader->bytes.data + reader->bytes.len - footer, (size_t)footer};
    return parquet_reader_new(reader->schema, bytes, reader->object.size_bytes, &reader->reader,
                              error);
}

static void close_file(struct table_reader *reader)
{
    parquet_reader_free(reader->reader);
    reader->reader = NULL;
}

/* ---- Row groups ------------------------------------------------------------------------------ */

/* Makes `bytes` hold the selected columns of the row group. */
static enum status fetch_group(struct table_reader *reader, struct error *error)
{
    uint64_t begin = UINT64_MAX, end = 0;
    for (size_t i = 0; i < reader->count; i++) {
        if (reader->selected[i].model->partition)
            continue;
        struct parquet_range range =
            parquet_chunk_range(reader->reader, reader->group, reader->selected[i].file_column);
        if (range.bytes && range.offset < begin)
            begin = range.offset;
        if (range.bytes && range.offset + range.bytes > end)
            end = range.offset + range.bytes;
    }
    if (begin >= end || (begin >= reader->offset && end <= reader->offset + reader->bytes.len))
        return STATUS_OK;
    TRY(fetch(reader, begin, end - begin, error));
    return reader->bytes.len == end - begin
               ? STATUS_OK
               : error_set(error, STATUS_CORRUPT, "it is shorter than it was");
}

static void append_partition(const struct table_reader *reader, const struct model_column *column,
                             size_t rows, struct gathered_column *out)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    bool has_value = model_partition_value(reader->object.key, column->name, &text);
    int32_t number = has_value ? (int32_t)strtol(buffer_text(&text), NULL, 10) : 0;
    const uint8_t null = 0;
    for (size_t i = 0; i < rows; i++)
        if (column->type == MODEL_STRING)
            gather_append_string(out, has_value ? buffer_str(&text) : STR_NULL);
        else
            gather_append_fixed(out, &number, sizeof number, has_value ? NULL : &null, 1);
}

/* Arrow's decimals have 128 bits. */
static void append_decimals(const struct parquet_column *column, size_t rows,
                            struct gathered_column *out)
{
    for (size_t i = 0; i < rows; i++) {
        uint8_t valid = !parquet_is_null(column, i);
        int64_t value = valid ? column->int64s[i] : 0, wide[] = {value, value < 0 ? -1 : 0};
        gather_append_fixed(out, wide, sizeof wide, &valid, 1);
    }
}

static void append_bits(const struct parquet_column *column, size_t rows,
                        struct gathered_column *out)
{
    for (size_t i = 0; i < rows; i++)
        gather_append_bit(out, column->bits[i / 8] >> i % 8 & 1, parquet_is_null(column, i));
}

static void append_strings(const struct parquet_column *column, bool empty_is_null, size_t rows,
                           struct gathered_column *out)
{
    for (size_t i = 0; i < rows; i++) {
        struct str text = parquet_string(column, i);
        gather_append_string(out, empty_is_null && !text.len ? STR_NULL : text);
    }
}

static void append_values(const struct parquet_column *column, const struct model_column *model,
                          size_t rows, struct gathered_column *out)
{
    enum model_type type = model->type;
    static const size_t widths[] = {
        [MODEL_INT32] = sizeof(int32_t),     [MODEL_INT64] = sizeof(int64_t),
        [MODEL_DOUBLE] = sizeof(double),     [MODEL_DATE] = sizeof(int32_t),
        [MODEL_TIMESTAMP] = sizeof(int64_t),
    };
    if (type == MODEL_BOOL)
        append_bits(column, rows, out);
    else if (type == MODEL_DECIMAL)
        append_decimals(column, rows, out);
    else if (!model_is_text(type))
        gather_append_fixed(out, column->values, widths[type], column->validity, rows);
    else
        append_strings(column, model->empty_is_null, rows, out);
}

static enum status append_column(struct table_reader *reader,
                                 const struct selected_column *selected,
                                 struct gathered_column *out, struct error *error)
{
    size_t rows = (size_t)parquet_group_rows(reader->reader, reader->group);
    struct parquet_column column;
    if (selected->model->partition) {
        append_partition(reader, selected->model, rows, out);
        return STATUS_OK;
    }
    struct parquet_range range =
        parquet_chunk_range(reader->reader, reader->group, selected->file_column);
    struct str bytes = {reader->bytes.data + (range.bytes ? range.offset - reader->offset : 0),
                        (size_t)range.bytes};
    TRY(parquet_read_chunk(reader->values, reader->reader, reader->group, selected->file_column,
                           bytes, &column, error));
    append_values(&column, selected->model, rows, out);
    return out->bytes.len <= INT32_MAX
               ? STATUS_OK
               : error_set(error, STATUS_LIMIT, "the strings of a row group take more than 2 GiB");
}

static enum status append_group(struct table_reader *reader, struct gathered_column *columns,
                                struct error *error)
{
    TRY(fetch_group(reader, error));
    for (size_t i = 0; i < reader->count; i++)
        TRY(append_column(reader, &reader->selected[i], &columns[i], error));
    reader->group++;
    return STATUS_OK;
}

/* Decodes a row group of the current file, or of the next one. */
static enum status append_next(struct table_reader *reader, struct gathered_column *columns,
                               struct error *error)
{
    enum status status = reader->reader ? STATUS_OK : open_file(reader, error);
    if (status == STATUS_OK && reader->group < parquet_reader_groups(reader->reader))
        status = append_group(reader, columns, error);
    if (status == STATUS_OK && reader->group == parquet_reader_groups(reader->reader))
        close_file(reader);
    if (status == STATUS_OK || status == STATUS_INTERRUPTED)
        return status;
    error_wrap(error, "cannot read %s/%.*s", store_address(reader->request.store),
               STR_ARG(reader->object.key));
    if (status == STATUS_NOT_FOUND)
        error_hint(error, "a run has replaced it: 'sparkify etl' with --keep-versions 2 or --grace "
                          "10m keeps for readers what it replaces");
    return status;
}

/* ---- The source ------------------------------------------------------------------------------ */

static bool is_full(const struct table_reader *reader, const struct gathered_column *columns)
{
    size_t bytes = 0;
    for (size_t i = 0; i < reader->count; i++)
        bytes += columns[i].bytes.len + columns[i].values.len;
    return columns[0].rows >= BATCH_ROWS || bytes >= BATCH_BYTES;
}

static enum status next_batch(void *ctx, struct gathered_column *columns, struct error *error)
{
    struct table_reader *reader = ctx;
    while ((reader->reader || reader->next < reader->files->count) && !is_full(reader, columns)) {
        if (atomic_load(reader->request.cancel))
            return error_set(error, STATUS_INTERRUPTED, "interrupted");
        TRY(append_next(reader, columns, error));
    }
    return STATUS_OK;
}

static void free_reader(void *ctx)
{
    struct table_reader *reader = ctx;
    for (size_t i = 0; i < AHEAD_FILES; i++)
        store_read_drop(reader->pending[i].read);
    store_free(reader->request.store); /* freed before the objects that its reads use */
    close_file(reader);
    buffer_release(&reader->bytes);
    parquet_values_free(reader->values);
    parquet_schema_free(reader->schema);
    lake_snapshot_release(&reader->snapshot);
    mem_free(reader);
}

static enum status unknown_column(const struct model_table *model, const char *name,
                                  struct error *error)
{
    CLEANUP(buffer_release) struct buffer names = {0};
    for (size_t i = 0; i < model->column_count; i++)
        buffer_appendf(&names, "%s%s", i ? ", " : "", model->columns[i].name);
    error_set(error, STATUS_USAGE, "%s has no column '%s'", model->name, name);
    return error_hint(error, "it has %s", buffer_text(&names));
}

/* `model` is that of the files. */
static enum status find_column(const struct table_request *request, const struct model_table *model,
                               const char *name, struct selected_column *out, struct error *error)
{
    const struct model_column *column = model_column_named(model, name);
    if (column) {
        size_t file_column = model_column_in_file(model, (int)(column - model->columns));
        *out = (struct selected_column){column, file_column};
        return STATUS_OK;
    }
    return unknown_column(&request->snapshot->model->tables[request->table], name, error);
}

static enum status find_columns(const struct table_request *request,
                                const struct model_table *model, struct table_reader *reader,
                                struct error *error)
{
    const struct model_table *table = &request->snapshot->model->tables[request->table];
    reader->count = request->columns ? request->count : table->column_count;
    if (reader->count == 0 || reader->count > MODEL_MAX_COLUMNS)
        return error_set(error, STATUS_USAGE, "%zu columns of %s were requested, and it has %zu",
                         reader->count, table->name, table->column_count);
    for (size_t i = 0; i < reader->count; i++)
        TRY(find_column(request, model,
                        request->columns ? request->columns[i] : table->columns[i].name,
                        &reader->selected[i], error));
    return STATUS_OK;
}

static struct arrow_export_field field_of(const struct model_column *column)
{
    static const char *const formats[] = {
        [MODEL_STRING] = "u",          [MODEL_INT32] = "i",
        [MODEL_INT64] = "l",           [MODEL_DOUBLE] = "g",
        [MODEL_TIMESTAMP] = "tsu:UTC", [MODEL_BOOL] = "b",
        [MODEL_DATE] = "tdD",          [MODEL_JSON] = "u",
    };
    assert(column); /* find_column has checked the name */
    struct arrow_export_field field = {
        .name = str_dup(str_of(column->name)),
        .is_nullable = column->nullable,
    };
    if (column->type == MODEL_DECIMAL)
        snprintf(field.format, sizeof field.format, "d:%d,%d", column->precision, column->scale);
    else
        snprintf(field.format, sizeof field.format, "%s", formats[column->type]);
    return field;
}

enum status table_stream_open(const struct table_request *request, struct arrow_export_source *out,
                              struct error *error)
{
    /* All rows of a partitioned dimension are in one file, too, except in lakes of older versions.
     */
    const struct model *model = request->snapshot->model;
    int list = model_list_of(model, request->table);
    int files_of = list >= 0 && request->snapshot->tables[list].count ? list : request->table;
    struct parquet_options options = parquet_options_default();
    struct table_reader *reader = mem_zalloc(sizeof *reader);
    enum status status = find_columns(request, &model->tables[files_of], reader, error);
    if (status != STATUS_OK) {
        mem_free(reader);
        return status;
    }
    reader->request = *request;
    reader->snapshot = *request->snapshot;
    *request->snapshot = (struct lake_snapshot){0};
    reader->files = &reader->snapshot.tables[files_of];
    reader->schema = model_parquet_schema(&model->tables[files_of], &options);
    reader->values = parquet_values_new();
    *out = (struct arrow_export_source){.fields = mem_alloc(reader->count * sizeof *out->fields),
                                        .count = reader->count,
                                        .next = next_batch,
                                        .free = free_reader,
                                        .ctx = reader};
    for (size_t i = 0; i < reader->count; i++)
        out->fields[i] = field_of(reader->selected[i].model);
    return STATUS_OK;
}
