/* read_footer: reads FileMetaData (parquet.thrift; the numbers are the ids of the fields there), as
 * far as files of this layer and of Spark use it. Offsets and sizes are checked against the file's
 * size. */
#include "reader.h"

#include "thrift_read.h"

static enum status malformed(struct error *error, const char *what)
{
    return error_set(error, STATUS_CORRUPT, "%s", what);
}

/* ---- The tail of the file ----------------------------------------------------------------- */

/* README.md, "File Format": the footer, its length in 4 bytes, "PAR1". */
enum status parquet_footer_bytes(struct str tail, uint64_t file_bytes, uint64_t *out,
                                 struct error *error)
{
    uint32_t len;
    if (file_bytes < 12 || tail.len < PARQUET_TAIL_BYTES ||
        memcmp(tail.data + tail.len - 4, "PAR1", 4) != 0)
        return malformed(error, "it does not end like a Parquet file");
    memcpy(&len, tail.data + tail.len - 8, sizeof len);
    if (len > file_bytes - 12)
        return malformed(error, "its footer is longer than the file");
    *out = (uint64_t)len + PARQUET_TAIL_BYTES;
    return STATUS_OK;
}

/* ---- The schema ---------------------------------------------------------------------------- */

struct element {
    int64_t type, repetition;
    struct str name;
};

static struct element read_element(struct thrift_reader *in)
{
    struct element element = {-1, -1, {"", 0}};
    for (struct thrift_field field = {0}; thrift_read_field(in, &field);)
        if (field.id == 1 && thrift_expect(in, &field, THRIFT_I32))
            element.type = thrift_read_int(in);
        else if (field.id == 3 && thrift_expect(in, &field, THRIFT_I32))
            element.repetition = thrift_read_int(in);
        else if (field.id == 4 && thrift_expect(in, &field, THRIFT_BINARY))
            element.name = thrift_read_binary(in);
        else
            thrift_skip(in, field.type);
    return element;
}

/* Spark writes a decimal of at most nine digits on INT32. */
static enum parquet_type stored_type(const struct element *element,
                                     const struct schema_field *expected)
{
    bool is_narrow = expected->is_decimal && element->type == values_physical_type(PARQUET_INT32);
    return is_narrow ? PARQUET_INT32 : expected->type;
}

/* A column of the schema without nulls may be OPTIONAL in the file, as Spark writes all columns. */
static bool is_expected_column(const struct element *element, const struct schema_field *expected)
{
    enum parquet_type type = stored_type(element, expected);
    return element->type == values_physical_type(type) &&
           (element->repetition == 1 || (element->repetition == 0 && !expected->nullable));
}

/* Adds the file's next column. Columns of the schema that are skipped on the way to it are absent
 * from the file, which is allowed if they are nullable. False: it is not a column of the schema. */
static bool add_column(struct parquet_reader *reader, const struct element *element, size_t *next)
{
    const struct parquet_schema *schema = reader->schema;
    while (*next < schema->count && schema->fields[*next].nullable &&
           !str_equal(element->name, schema->fields[*next].name))
        ++*next;
    if (*next == schema->count || !str_equal(element->name, schema->fields[*next].name) ||
        !is_expected_column(element, &schema->fields[*next]))
        return false;
    reader->stored[*next] = (struct reader_column){
        .is_nullable = element->repetition == 1,
        .type = stored_type(element, &schema->fields[*next]),
    };
    reader->columns[reader->column_count++] = (*next)++;
    return true;
}

/* Reads FileMetaData.schema: the root, then the columns. */
static bool read_schema(struct thrift_reader *in, struct parquet_reader *reader)
{
    const struct parquet_schema *schema = reader->schema;
    size_t count = thrift_read_list(in, THRIFT_STRUCT), next = 0;
    bool is_same = count <= schema->count + 1;
    reader->column_count = 0;
    for (size_t i = 0; i < count && !in->is_bad; i++) {
        struct element element = read_element(in);
        if (i && is_same)
            is_same = add_column(reader, &element, &next);
    }
    for (; next < schema->count; next++)
        is_same &= schema->fields[next].nullable;
    return is_same && reader->column_count > 0;
}

/* ---- Column chunks -------------------------------------------------------------------------- */

/* A bound of Statistics; long strings, which other writers do not shorten, are shortened. */
static struct parquet_bound read_bound(struct thrift_reader *in, enum parquet_type type,
                                       bool is_max)
{
    struct parquet_bound bound = {0};
    struct str bytes = thrift_read_binary(in);
    if (type == PARQUET_STRING)
        return is_max ? bound_upper(bytes) : bound_lower(bytes);
    bound.is_set = bytes.len == bound_width(type);
    if (bound.is_set) { /* at its upper end, so that the shift extends its sign */
        size_t empty = sizeof bound.int64 - bytes.len;
        memcpy((char *)&bound.int64 + empty, bytes.data, bytes.len);
        bound.int64 >>= 8 * empty;
    }
    return bound;
}

static void read_statistics(struct thrift_reader *in, enum parquet_type type,
                            struct parquet_statistics *out)
{
    for (struct thrift_field field = {0}; thrift_read_field(in, &field);)
        if (field.id == 3 && thrift_expect(in, &field, THRIFT_I64))
            out->nulls = thrift_read_size(in, INT64_MAX);
        else if (field.id == 5 && thrift_expect(in, &field, THRIFT_BINARY))
            out->max = read_bound(in, type, true);
        else if (field.id == 6 && thrift_expect(in, &field, THRIFT_BINARY))
            out->min = read_bound(in, type, false);
        else if (field.id == 9 && thrift_expect(in, &field, THRIFT_I64))
            out->nans = thrift_read_size(in, INT64_MAX);
        else
            thrift_skip(in, field.type);
    if (out->nans)
        out->min.is_set = out->max.is_set = false;
}

static enum parquet_codec codec_of(struct thrift_reader *in, int64_t number)
{
    in->is_bad |= number != 0 && number != 1 && number != 6;
    return number == 0 ? PARQUET_NONE : number == 1 ? PARQUET_SNAPPY : PARQUET_ZSTD;
}

static void read_column_metadata(struct thrift_reader *in, uint64_t file_bytes,
                                 enum parquet_type type, struct reader_chunk *out)
{
    uint64_t data_offset = 0, dictionary_offset = 0;
    for (struct thrift_field field = {0}; thrift_read_field(in, &field);)
        switch (field.id) {
        case 4:
            out->codec = codec_of(in, thrift_read_int(in));
            break;
        case 5:
            out->rows = thrift_read_size(in, INT64_MAX);
            break;
        case 7:
            out->bytes = thrift_read_size(in, file_bytes);
            break;
        case 9:
            data_offset = thrift_read_size(in, file_bytes);
            break;
        case 11:
            dictionary_offset = thrift_read_size(in, file_bytes);
            break;
        case 12:
            if (thrift_expect(in, &field, THRIFT_STRUCT))
                read_statistics(in, type, &out->statistics);
            break;
        default:
            thrift_skip(in, field.type);
        }
    out->offset = dictionary_offset ? dictionary_offset : data_offset;
    in->is_bad |= out->bytes > file_bytes - out->offset;
}

static void read_chunk(struct thrift_reader *in, struct parquet_reader *reader, size_t column,
                       struct reader_chunk *out)
{
    struct reader_chunk chunk = {0};
    bool is_described = false;
    for (struct thrift_field field = {0}; thrift_read_field(in, &field);)
        if (field.id == 3 && thrift_expect(in, &field, THRIFT_STRUCT)) {
            read_column_metadata(in, reader->file_bytes, reader->stored[column].type, &chunk);
            is_described = true;
        } else {
            thrift_skip(in, field.type);
        }
    in->is_bad |= !is_described;
    *out = chunk;
}

/* Appends the chunks of a row group; those of columns that the file does not have stay absent. */
static struct reader_chunk *add_chunks(struct parquet_reader *reader)
{
    size_t columns = reader->schema->count;
    MEM_GROW(reader->chunks, reader->chunk_count + columns, reader->chunk_cap);
    struct reader_chunk *chunks = &reader->chunks[reader->chunk_count];
    reader->chunk_count += columns;
    for (size_t i = 0; i < columns; i++)
        chunks[i] = (struct reader_chunk){.statistics = {.is_absent = true}};
    return chunks;
}

static void read_group(struct thrift_reader *in, struct parquet_reader *reader)
{
    struct reader_group group = {0};
    struct reader_chunk *chunks = add_chunks(reader);
    size_t columns = 0;
    for (struct thrift_field field = {0}; thrift_read_field(in, &field);)
        if (field.id == 1 && thrift_expect(in, &field, THRIFT_LIST)) {
            columns = thrift_read_list(in, THRIFT_STRUCT);
            in->is_bad |= columns != reader->column_count;
            for (size_t i = 0; i < columns && !in->is_bad; i++)
                read_chunk(in, reader, reader->columns[i], &chunks[reader->columns[i]]);
        } else if (field.id == 3 && thrift_expect(in, &field, THRIFT_I64)) {
            group.rows = thrift_read_size(in, PARQUET_MAX_GROUP_ROWS);
        } else {
            thrift_skip(in, field.type);
        }
    in->is_bad |= columns != reader->column_count;
    for (size_t i = 0; i < reader->schema->count; i++) {
        struct parquet_statistics *statistics = &chunks[i].statistics;
        if (statistics->is_absent)
            chunks[i].rows = statistics->nulls = group.rows;
        in->is_bad |= chunks[i].rows != group.rows;
        statistics->values = group.rows - statistics->nulls;
    }
    *MEM_ADD(reader->groups, reader->group_count, reader->group_cap) = group;
}

/* ---- The footer ----------------------------------------------------------------------------- */

static bool read_metadata(struct thrift_reader *in, struct parquet_reader *reader)
{
    bool is_schema = false;
    for (struct thrift_field field = {0}; thrift_read_field(in, &field);)
        if (field.id == 2 && thrift_expect(in, &field, THRIFT_LIST)) {
            is_schema = read_schema(in, reader);
            if (!is_schema)
                return false;
        } else if (field.id == 3 && thrift_expect(in, &field, THRIFT_I64)) {
            reader->rows = thrift_read_size(in, INT64_MAX);
        } else if (field.id == 4 && thrift_expect(in, &field, THRIFT_LIST)) {
            size_t count = thrift_read_list(in, THRIFT_STRUCT);
            for (size_t i = 0; i < count && !in->is_bad; i++)
                read_group(in, reader);
        } else {
            thrift_skip(in, field.type);
        }
    return is_schema;
}

static enum status check_reader(struct thrift_reader *in, const struct parquet_reader *reader,
                                bool is_schema, struct error *error)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < reader->group_count; i++)
        rows += reader->groups[i].rows;
    if (in->is_bad)
        return malformed(error, "its footer is damaged");
    if (!is_schema)
        return malformed(error, "its columns are not those of the table");
    if (rows != reader->rows)
        return malformed(error, "its row groups do not add up to its rows");
    return STATUS_OK;
}

enum status parquet_reader_new(const struct parquet_schema *schema, struct str footer,
                               uint64_t file_bytes, struct parquet_reader **out,
                               struct error *error)
{
    struct parquet_reader *reader = mem_zalloc(sizeof *reader);
    const uint8_t *bytes = (const uint8_t *)footer.data;
    struct thrift_reader in = {bytes, bytes + footer.len - PARQUET_TAIL_BYTES, false, 0};
    reader->schema = schema;
    reader->file_bytes = file_bytes;
    reader->stored = mem_zalloc(schema->count * sizeof *reader->stored);
    for (size_t i = 0; i < schema->count; i++)
        reader->stored[i].type = schema->fields[i].type;
    reader->columns = mem_zalloc(schema->count * sizeof *reader->columns);
    bool is_schema = read_metadata(&in, reader);
    enum status status = check_reader(&in, reader, is_schema, error);
    if (status == STATUS_OK)
        *out = reader;
    else
        parquet_reader_free(reader);
    return status;
}

void parquet_reader_free(struct parquet_reader *reader)
{
    if (!reader)
        return;
    mem_free(reader->groups);
    mem_free(reader->chunks);
    mem_free(reader->stored);
    mem_free(reader->columns);
    mem_free(reader);
}

/* ---- Contents of the footer ------------------------------------------------------------------ */

static const struct reader_chunk *chunk_of(const struct parquet_reader *reader, size_t group,
                                           size_t column)
{
    return &reader->chunks[group * reader->schema->count + column];
}

uint64_t parquet_reader_rows(const struct parquet_reader *reader)
{
    return reader->rows;
}

size_t parquet_reader_groups(const struct parquet_reader *reader)
{
    return reader->group_count;
}

uint64_t parquet_group_rows(const struct parquet_reader *reader, size_t group)
{
    return reader->groups[group].rows;
}

struct parquet_range parquet_chunk_range(const struct parquet_reader *reader, size_t group,
                                         size_t column)
{
    const struct reader_chunk *chunk = chunk_of(reader, group, column);
    return (struct parquet_range){chunk->offset, chunk->bytes};
}

const struct parquet_statistics *parquet_chunk_statistics(const struct parquet_reader *reader,
                                                          size_t group, size_t column)
{
    return &chunk_of(reader, group, column)->statistics;
}

void parquet_reader_statistics(const struct parquet_reader *reader, size_t column,
                               struct parquet_statistics *out)
{
    *out = (struct parquet_statistics){0};
    for (size_t group = 0; group < reader->group_count; group++)
        statistics_merge(reader->schema->fields[column].type, out,
                         &chunk_of(reader, group, column)->statistics);
}
