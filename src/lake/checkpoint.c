/* checkpoint: a row for each action (protocol, "Checkpoint Schema").
 *
 * A row has one of the five structs, all others are null in it. So a column is built by the rows
 * that have a value in it; the rows between are filled with nulls when the next value comes. */
#include "checkpoint.h"

#include "delta_log.h"

/* The columns that readers of the V1 spec look for. Those of table features are
 * missing: reader version 1 and writer version 2 have none. txn is always null; other writers'
 * checkpoints have it, and readers may rely on that. */
#define FIELDS(STRUCT, COLUMN, LIST, MAP)                                                          \
    STRUCT("txn", true, 2)                                                                         \
    COLUMN(TXN_APP_ID, "appId", PARQUET_STRING)                                                    \
    COLUMN(TXN_VERSION, "version", PARQUET_INT64)                                                  \
    STRUCT("add", true, 7)                                                                         \
    COLUMN(ADD_PATH, "path", PARQUET_STRING)                                                       \
    MAP("partitionValues", ADD_PARTITION, ADD_PARTITION_VALUE)                                     \
    COLUMN(ADD_SIZE, "size", PARQUET_INT64)                                                        \
    COLUMN(ADD_TIME, "modificationTime", PARQUET_INT64)                                            \
    COLUMN(ADD_CHANGE, "dataChange", PARQUET_BOOLEAN)                                              \
    COLUMN(ADD_STATS, "stats", PARQUET_STRING)                                                     \
    MAP("tags", ADD_TAG, ADD_TAG_VALUE)                                                            \
    STRUCT("remove", true, 6)                                                                      \
    COLUMN(REMOVE_PATH, "path", PARQUET_STRING)                                                    \
    COLUMN(REMOVE_TIME, "deletionTimestamp", PARQUET_INT64)                                        \
    COLUMN(REMOVE_CHANGE, "dataChange", PARQUET_BOOLEAN)                                           \
    COLUMN(REMOVE_EXTENDED, "extendedFileMetadata", PARQUET_BOOLEAN)                               \
    MAP("partitionValues", REMOVE_PARTITION, REMOVE_PARTITION_VALUE)                               \
    COLUMN(REMOVE_SIZE, "size", PARQUET_INT64)                                                     \
    STRUCT("metaData", true, 8)                                                                    \
    COLUMN(META_ID, "id", PARQUET_STRING)                                                          \
    COLUMN(META_NAME, "name", PARQUET_STRING)                                                      \
    COLUMN(META_DESCRIPTION, "description", PARQUET_STRING)                                        \
    STRUCT("format", false, 2)                                                                     \
    COLUMN(META_PROVIDER, "provider", PARQUET_STRING)                                              \
    MAP("options", META_OPTION, META_OPTION_VALUE)                                                 \
    COLUMN(META_SCHEMA, "schemaString", PARQUET_STRING)                                            \
    LIST("partitionColumns", META_PARTITION)                                                       \
    MAP("configuration", META_PROPERTY, META_PROPERTY_VALUE)                                       \
    COLUMN(META_TIME, "createdTime", PARQUET_INT64)                                                \
    STRUCT("protocol", true, 2)                                                                    \
    COLUMN(PROTOCOL_READER, "minReaderVersion", PARQUET_INT32)                                     \
    COLUMN(PROTOCOL_WRITER, "minWriterVersion", PARQUET_INT32)

#define NO_ID(...)
#define COLUMN_ID(id, ...)        id,
#define LIST_ID(name, id)         id,
#define MAP_IDS(name, key, value) key, value,
enum column_id { FIELDS(NO_ID, COLUMN_ID, LIST_ID, MAP_IDS) COLUMN_COUNT };

#define GROUP_FIELD(name, kind, is_nullable, is_repeated, count)                                   \
    {name, .nullable = is_nullable, .repeated = is_repeated, .group = kind, .children = count},
#define STRUCT_FIELD(name, is_nullable, count)                                                     \
    GROUP_FIELD(name, PARQUET_STRUCT, is_nullable, false, count)
#define COLUMN_FIELD(id, name, type) {name, type, true},
#define LIST_FIELDS(name, id)                                                                      \
    GROUP_FIELD(name, PARQUET_LIST, true, false, 1)                                                \
    GROUP_FIELD("list", PARQUET_STRUCT, false, true, 1){"element", PARQUET_STRING, true},
#define MAP_FIELDS(name, key, value)                                                               \
    GROUP_FIELD(name, PARQUET_MAP, true, false, 1)                                                 \
    GROUP_FIELD("key_value", PARQUET_STRUCT, false, true, 2){"key", PARQUET_STRING, false},        \
        {"value", PARQUET_STRING, true},
static const struct parquet_field fields[] = {
    FIELDS(STRUCT_FIELD, COLUMN_FIELD, LIST_FIELDS, MAP_FIELDS)};

/* Definition levels, for what is in a struct that a row has. */
enum {
    NULL_HERE = 1,    /* the column, the map or the list */
    VALUE_HERE = 2,   /* or an empty map or list */
    KEY_HERE = 3,     /* of a map; or a null element or map's value */
    ELEMENT_HERE = 4, /* of a list; or a map's value */
};

/* Strings of one column in one row group stay below 4 GiB even if each takes 32 KiB. */
#define GROUP_ROWS 131072

/* A column of the row group that is being built. */
struct cells {
    struct buffer definition, repetition; /* a byte for each slot */
    struct buffer numbers;                /* values; booleans as bits */
    struct buffer offsets, text;          /* strings */
    size_t rows, count;
};

struct writer {
    struct parquet_encoder *encoder;
    struct parquet_schema *schema;
    struct parquet_file *file;
    struct buffer *out;
    struct cells cells[COLUMN_COUNT];
    size_t row;          /* in the row group */
    struct buffer value; /* scratch */
};

/* ---- Cells ------------------------------------------------------------------------------- */

static void append_slots(struct cells *cells, size_t count, uint8_t repetition, uint8_t definition)
{
    memset(buffer_reserve(&cells->repetition, count), repetition, count);
    memset(buffer_reserve(&cells->definition, count), definition, count);
    cells->repetition.len += count;
    cells->definition.len += count;
}

/* Adds nulls for the rows before `row` that had no value in this column. */
static void fill_nulls(struct cells *cells, size_t row)
{
    if (cells->rows == row)
        return;
    append_slots(cells, row - cells->rows, 0, 0);
    cells->rows = row;
}

/* A column's cell in the row that is being written. */
static struct cells *cell(struct writer *writer, enum column_id column, uint8_t definition)
{
    struct cells *cells = &writer->cells[column];
    fill_nulls(cells, writer->row);
    append_slots(cells, 1, 0, definition);
    cells->rows++;
    return cells;
}

/* An element of a list or a map; the first begins the row. */
static struct cells *element(struct writer *writer, enum column_id column, size_t at,
                             uint8_t definition)
{
    if (at == 0)
        return cell(writer, column, definition);
    append_slots(&writer->cells[column], 1, 1, definition);
    return &writer->cells[column];
}

static void end_string(struct cells *cells)
{
    uint32_t end = (uint32_t)cells->text.len;
    buffer_append(&cells->offsets, &end, sizeof end);
    cells->count++;
}

static void add_string(struct cells *cells, struct str value)
{
    buffer_append_str(&cells->text, value);
    end_string(cells);
}

static void put_string(struct writer *writer, enum column_id column, struct str value)
{
    if (value.data == NULL)
        cell(writer, column, NULL_HERE);
    else
        add_string(cell(writer, column, VALUE_HERE), value);
}

static void put_int32(struct writer *writer, enum column_id column, int32_t value)
{
    struct cells *cells = cell(writer, column, VALUE_HERE);
    buffer_append(&cells->numbers, &value, sizeof value);
}

static void put_int64(struct writer *writer, enum column_id column, int64_t value)
{
    struct cells *cells = cell(writer, column, VALUE_HERE);
    buffer_append(&cells->numbers, &value, sizeof value);
}

static void put_bool(struct writer *writer, enum column_id column, bool value)
{
    struct cells *cells = cell(writer, column, VALUE_HERE);
    if (cells->count % 8 == 0)
        buffer_append_char(&cells->numbers, 0);
    char *last = &cells->numbers.data[cells->numbers.len - 1];
    *last = (char)(*last | value << cells->count % 8);
    cells->count++;
}

static void put_path(struct writer *writer, enum column_id column, struct str key)
{
    struct cells *cells = cell(writer, column, VALUE_HERE);
    delta_path(&cells->text, key);
    end_string(cells);
}

/* A map has two columns: its keys, and then its values. */
static void put_empty_map(struct writer *writer, enum column_id keys, uint8_t definition)
{
    cell(writer, keys, definition);
    cell(writer, keys + 1, definition);
}

static void put_entry(struct writer *writer, enum column_id keys, size_t at, struct str key,
                      struct str value)
{
    add_string(element(writer, keys, at, KEY_HERE), key);
    if (value.data == NULL)
        element(writer, keys + 1, at, KEY_HERE);
    else
        add_string(element(writer, keys + 1, at, ELEMENT_HERE), value);
}

/* ---- Row groups -------------------------------------------------------------------------- */

static void cells_reset(struct cells *cells)
{
    const uint32_t begin = 0;
    buffer_reset(&cells->definition);
    buffer_reset(&cells->repetition);
    buffer_reset(&cells->numbers);
    buffer_reset(&cells->offsets);
    buffer_append(&cells->offsets, &begin, sizeof begin);
    buffer_reset(&cells->text);
    cells->rows = cells->count = 0;
}

static void cells_release(struct cells *cells)
{
    buffer_release(&cells->definition);
    buffer_release(&cells->repetition);
    buffer_release(&cells->numbers);
    buffer_release(&cells->offsets);
    buffer_release(&cells->text);
}

static struct parquet_column column_of(const struct cells *cells)
{
    return (struct parquet_column){
        .levels =
            {
                .definition = (const uint8_t *)cells->definition.data,
                .repetition = (const uint8_t *)cells->repetition.data,
                .slots = cells->definition.len,
            },
        .values = cells->numbers.data,
        .strings = {.offsets = (const void *)cells->offsets.data, .data = cells->text.data},
    };
}

static void end_group(struct writer *writer)
{
    struct parquet_column columns[COLUMN_COUNT];
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        fill_nulls(&writer->cells[i], writer->row);
        columns[i] = column_of(&writer->cells[i]);
    }
    parquet_file_append(writer->file,
                        parquet_encode(writer->encoder, writer->schema, columns, writer->row),
                        writer->out);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        cells_reset(&writer->cells[i]);
    writer->row = 0;
}

static void end_row(struct writer *writer)
{
    writer->row++;
    if (writer->row == GROUP_ROWS)
        end_group(writer);
}

/* ---- Actions ----------------------------------------------------------------------------- */

static void put_protocol(struct writer *writer)
{
    put_int32(writer, PROTOCOL_READER, DELTA_READER_VERSION);
    put_int32(writer, PROTOCOL_WRITER, DELTA_WRITER_VERSION);
    end_row(writer);
}

static struct str partition_name(const struct model_table *table, size_t number)
{
    return str_of(table->columns[table->partitions[number]].name);
}

static void put_partition_columns(struct writer *writer, const struct model_table *table)
{
    if (table->partition_count == 0)
        cell(writer, META_PARTITION, VALUE_HERE);
    for (size_t i = 0; i < table->partition_count; i++)
        add_string(element(writer, META_PARTITION, i, ELEMENT_HERE), partition_name(table, i));
}

static void put_metadata(struct writer *writer, const struct checkpoint *checkpoint)
{
    buffer_reset(&writer->value);
    delta_schema(&writer->value, checkpoint->table);
    put_string(writer, META_ID, str_of(checkpoint->log->id));
    put_string(writer, META_NAME, str_of(checkpoint->table->name));
    put_string(writer, META_DESCRIPTION, STR_NULL);
    put_string(writer, META_PROVIDER, STR("parquet"));
    put_empty_map(writer, META_OPTION, VALUE_HERE);
    put_string(writer, META_SCHEMA, buffer_str(&writer->value));
    put_partition_columns(writer, checkpoint->table);
    put_entry(writer, META_PROPERTY, 0, STR(DELTA_PROPERTY_KEY), STR(DELTA_PROPERTY_VALUE));
    put_int64(writer, META_TIME, checkpoint->log->created_ms);
    end_row(writer);
}

static void put_partition_values(struct writer *writer, enum column_id keys,
                                 const struct model_table *table, struct str key)
{
    if (table->partition_count == 0)
        put_empty_map(writer, keys, VALUE_HERE);
    for (size_t i = 0; i < table->partition_count; i++) {
        struct str name = partition_name(table, i);
        buffer_reset(&writer->value);
        bool is_null = !model_partition_value(key, name.data, &writer->value);
        struct str value = {buffer_text(&writer->value), writer->value.len};
        put_entry(writer, keys, i, name, is_null ? STR_NULL : value);
    }
}

/* Protocol, "Add File": what a checkpoint adds was there before it, so no data changes. */
static void put_add(struct writer *writer, const struct model_table *table,
                    const struct lake_entry *file)
{
    put_path(writer, ADD_PATH, file->key);
    put_partition_values(writer, ADD_PARTITION, table, file->key);
    put_int64(writer, ADD_SIZE, (int64_t)file->bytes);
    put_int64(writer, ADD_TIME, file->added_ms);
    put_bool(writer, ADD_CHANGE, false);
    put_string(writer, ADD_STATS, file->stats.len ? file->stats : STR_NULL);
    put_empty_map(writer, ADD_TAG, NULL_HERE);
    end_row(writer);
}

static void put_remove(struct writer *writer, const struct model_table *table,
                       const struct lake_entry *file)
{
    put_path(writer, REMOVE_PATH, file->key);
    put_int64(writer, REMOVE_TIME, file->removed_ms);
    put_bool(writer, REMOVE_CHANGE, false);
    put_bool(writer, REMOVE_EXTENDED, true);
    put_partition_values(writer, REMOVE_PARTITION, table, file->key);
    put_int64(writer, REMOVE_SIZE, (int64_t)file->bytes);
    end_row(writer);
}

static void writer_init(struct writer *writer, const struct checkpoint *checkpoint,
                        struct buffer *out)
{
    struct parquet_options options = parquet_options_default();
    options.codec = checkpoint->codec;
    options.created_by = checkpoint->created_by;
    *writer = (struct writer){.encoder = parquet_encoder_new(), .out = out};
    writer->schema = parquet_schema_new(fields, ARRAY_LENGTH(fields), &options);
    writer->file = parquet_file_new(writer->schema);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        cells_reset(&writer->cells[i]);
}

static void writer_release(struct writer *writer)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        cells_release(&writer->cells[i]);
    buffer_release(&writer->value);
    parquet_file_free(writer->file);
    parquet_schema_free(writer->schema);
    parquet_encoder_free(writer->encoder);
}

void checkpoint_write(struct buffer *out, const struct checkpoint *checkpoint)
{
    CLEANUP(writer_release) struct writer writer;
    writer_init(&writer, checkpoint, out);
    put_protocol(&writer);
    put_metadata(&writer, checkpoint);
    for (size_t i = 0; i < checkpoint->files->count; i++)
        put_add(&writer, checkpoint->table, &checkpoint->files->entries[i]);
    for (size_t i = 0; i < checkpoint->removed->count; i++)
        put_remove(&writer, checkpoint->table, &checkpoint->removed->entries[i]);
    end_group(&writer);
    parquet_file_finish(writer.file, out);
}

void checkpoint_write_pointer(struct buffer *out, const struct checkpoint *checkpoint, size_t bytes)
{
    size_t actions = 2 + checkpoint->files->count + checkpoint->removed->count;
    buffer_appendf(out, "{\"version\":%lld,\"size\":%zu,\"sizeInBytes\":%zu,\"numOfAddFiles\":%zu}",
                   (long long)checkpoint->log->version, actions, bytes, checkpoint->files->count);
}
