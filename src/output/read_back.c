/* Reads files of tables back: the footer first, then the wanted columns. */
#include <output.h>

/* This much of a file's end is read at once: most footers are shorter, and small files are in it as
 * a whole. */
#define END_BYTES ((size_t)64 << 10)

static enum status failed(const struct read_back *file, struct error *error)
{
    struct str key = file->object ? file->object->key : STR("");
    error_wrap(error, "cannot read %s/%.*s again", store_address(file->store), STR_ARG(key));
    return error_hint(error, "%s", file->hint);
}

/* Makes `bytes` a part of the file. */
static enum status fetch(struct read_back *file, uint64_t offset, uint64_t len, struct error *error)
{
    buffer_reset(&file->bytes);
    if (len)
        TRY(store_get(file->store, file->object, offset, (size_t)len, &file->bytes, error));
    if (file->bytes.len == len)
        return STATUS_OK;
    return error_set(error, STATUS_CORRUPT, "it is shorter than it was");
}

static enum status fetch_end(struct read_back *file, uint64_t wanted, struct error *error)
{
    uint64_t size = file->object->size_bytes, len = wanted < size ? wanted : size;
    return fetch(file, size - len, len, error);
}

static enum status open_footer(struct read_back *file, const struct parquet_schema *schema,
                               struct error *error)
{
    uint64_t size = file->object->size_bytes, footer;
    TRY(fetch_end(file, END_BYTES, error));
    TRY(parquet_footer_bytes(buffer_str(&file->bytes), size, &footer, error));
    if (footer > file->bytes.len)
        TRY(fetch_end(file, footer, error));
    struct str bytes = {file->bytes.data + file->bytes.len - footer, (size_t)footer};
    return parquet_reader_new(schema, bytes, size, &file->reader, error);
}

enum status read_back_open(struct read_back *file, struct store *store,
                           const struct store_object *object, const struct parquet_schema *schema,
                           const char *hint, struct error *error)
{
    *file = (struct read_back){.store = store, .object = object, .hint = hint};
    if (open_footer(file, schema, error) == STATUS_OK)
        return STATUS_OK;
    enum status status = failed(file, error);
    read_back_release(file);
    return status;
}

void read_back_release(struct read_back *file)
{
    parquet_reader_free(file->reader);
    buffer_release(&file->bytes);
    *file = (struct read_back){0};
}

enum status read_back_column(struct read_back *file, struct parquet_values *values, size_t group,
                             size_t column, struct parquet_column *out, struct error *error)
{
    struct parquet_range range = parquet_chunk_range(file->reader, group, column);
    enum status status = fetch(file, range.offset, range.bytes, error);
    if (status == STATUS_OK)
        status = parquet_read_chunk(values, file->reader, group, column, buffer_str(&file->bytes),
                                    out, error);
    return status == STATUS_OK ? STATUS_OK : failed(file, error);
}

static enum status read_group(struct read_back *file, size_t columns, size_t number,
                              table_group_fn *on_group, void *ctx, struct error *error)
{
    struct parquet_values *values[MODEL_MAX_COLUMNS] = {0};
    struct table_group group = {.rows = (size_t)parquet_group_rows(file->reader, number)};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < columns && status == STATUS_OK; i++) {
        values[i] = parquet_values_new();
        status = read_back_column(file, values[i], number, i, &group.columns[i], error);
    }
    if (status == STATUS_OK)
        status = on_group(ctx, &group, error);
    for (size_t i = 0; i < columns; i++)
        parquet_values_free(values[i]);
    return status;
}

enum status read_back_files(const struct store_listing *files, struct store *store,
                            const struct parquet_schema *schema, const char *hint,
                            table_group_fn *on_group, void *ctx, struct error *error)
{
    for (size_t i = 0; i < files->count; i++) {
        CLEANUP(read_back_release) struct read_back file = {0};
        TRY(read_back_open(&file, store, &files->objects[i], schema, hint, error));
        for (size_t group = 0; group < parquet_reader_groups(file.reader); group++)
            TRY(read_group(&file, parquet_schema_columns(schema), group, on_group, ctx, error));
    }
    return STATUS_OK;
}

enum status read_back_table(const struct output *output, struct store *store, int table,
                            const char *hint, table_group_fn *on_group, void *ctx,
                            struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing files = {0};
    lake_list_files(output->lake, table, &files);
    return read_back_files(&files, store, output->schemas[table], hint, on_group, ctx, error);
}
