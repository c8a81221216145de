/* The input is a Parquet file, which is read as the lake reads its own: the footer, then each
 * column chunk. Every value that is returned must be readable.
 *
 * A page that the fuzzer has changed has a wrong checksum and is rejected before it is decoded. So
 * the file is read twice: as it is, and with corrected checksums. For this, the page headers are
 * walked as the reader does, and each checksum is replaced in place; most checksums take five
 * bytes, which is enough for any 32-bit number. */
#include "thrift_read.h"

#include <parquet.h>

#include <stdlib.h>
#include <zlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static const struct parquet_field fields[] = {
    {"flag", PARQUET_BOOLEAN, true},   {"small", PARQUET_INT32, true},
    {"large", PARQUET_INT64, false},   {"time", PARQUET_TIMESTAMP, true},
    {"number", PARQUET_DOUBLE, true},  {"text", PARQUET_STRING, true},
    {"always", PARQUET_STRING, false},
};
#define FIELDS (sizeof fields / sizeof *fields)

/* ---- Checksums ------------------------------------------------------------------------------- */

/* The length of a page header, the position of its checksum, and the length of the page; 0 and NULL
 * if the header does not have them. */
struct header {
    const uint8_t *end, *crc;
    size_t crc_bytes;
    uint64_t page_bytes;
};

static bool find_header(const uint8_t *at, const uint8_t *end, struct header *out)
{
    struct thrift_reader in = {at, end, false, 0};
    *out = (struct header){0};
    for (struct thrift_field field = {0}; thrift_read_field(&in, &field);)
        if (field.id == 3) {
            out->page_bytes = thrift_read_size(&in, (uint64_t)(end - at));
        } else if (field.id == 4) {
            out->crc = in.at;
            (void)thrift_read_int(&in);
            out->crc_bytes = (size_t)(in.at - out->crc);
        } else {
            thrift_skip(&in, field.type);
        }
    out->end = in.at;
    return !in.is_bad && out->page_bytes <= (uint64_t)(end - in.at);
}

/* Writes a varint of exactly this many bytes; false if the value needs more. */
static void put_varint(uint8_t *at, size_t bytes, uint64_t value)
{
    for (size_t i = 0; i < bytes; i++, value >>= 7)
        at[i] = (uint8_t)((value & 0x7F) | (i + 1 < bytes ? 0x80 : 0));
}

static void fix_checksums_of_pages(uint8_t *at, const uint8_t *end)
{
    struct header header;
    while (at < end && find_header(at, end, &header)) {
        uint32_t crc = (uint32_t)crc32_z(0, header.end, (size_t)header.page_bytes);
        int32_t number = (int32_t)crc;
        uint64_t zigzag = (uint64_t)number << 1 ^ (uint64_t)((int64_t)number >> 63);
        if (header.crc)
            put_varint(at + (header.crc - at), header.crc_bytes, zigzag);
        at += (size_t)(header.end - at) + (size_t)header.page_bytes;
    }
}

static void fix_checksums(const struct parquet_reader *reader, uint8_t *bytes)
{
    for (size_t group = 0; group < parquet_reader_groups(reader); group++)
        for (size_t column = 0; column < FIELDS; column++) {
            struct parquet_range range = parquet_chunk_range(reader, group, column);
            fix_checksums_of_pages(bytes + range.offset, bytes + range.offset + range.bytes);
        }
}

/* ---- Reading --------------------------------------------------------------------------------- */

static uint64_t look_at_bytes(const void *bytes, size_t len)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += ((const uint8_t *)bytes)[i];
    return sum;
}

static uint64_t look_at_strings(const struct parquet_column *column)
{
    const uint32_t *offsets = column->strings.offsets;
    REQUIRE(offsets[0] == 0);
    for (size_t i = 0; i < column->strings.count; i++)
        REQUIRE(offsets[i] <= offsets[i + 1]);
    return look_at_bytes(column->strings.data, offsets[column->strings.count]);
}

/* Reads all memory that a user of the column may read. */
static uint64_t look_at(const struct parquet_field *field, const struct parquet_column *column,
                        size_t rows)
{
    uint64_t sum = 0;
    REQUIRE(field->nullable || !column->validity);
    if (column->validity)
        sum += look_at_bytes(column->validity, (rows + 7) / 8);
    switch (field->type) {
    case PARQUET_BOOLEAN:
        return sum + look_at_bytes(column->bits, (rows + 7) / 8);
    case PARQUET_INT32:
        return sum + look_at_bytes(column->int32s, rows * sizeof *column->int32s);
    case PARQUET_INT64:
    case PARQUET_TIMESTAMP:
        return sum + look_at_bytes(column->int64s, rows * sizeof *column->int64s);
    case PARQUET_DOUBLE:
        return sum + look_at_bytes(column->doubles, rows * sizeof *column->doubles);
    case PARQUET_STRING:
        for (size_t i = 0; i < rows; i++)
            if (!column->validity || (column->validity[i / 8] >> i % 8 & 1))
                REQUIRE(column->codes[i] < column->strings.count);
        return sum + look_at_strings(column);
    }
    abort();
}

static uint64_t read_column(struct parquet_values *values, const struct parquet_reader *reader,
                            const uint8_t *bytes, size_t group, size_t column)
{
    struct error error = {0};
    struct parquet_column out;
    struct parquet_range range = parquet_chunk_range(reader, group, column);
    const struct parquet_statistics *statistics = parquet_chunk_statistics(reader, group, column);
    struct str chunk = {(const char *)bytes + range.offset, (size_t)range.bytes};
    enum status status = parquet_read_chunk(values, reader, group, column, chunk, &out, &error);
    REQUIRE((status == STATUS_OK) == (error.message[0] == '\0'));
    if (fields[column].type == PARQUET_STRING)
        REQUIRE(!statistics->min.is_set || statistics->min.string.len <= PARQUET_BOUND_BYTES);
    if (status != STATUS_OK)
        return 0;
    return look_at(&fields[column], &out, (size_t)parquet_group_rows(reader, group));
}

static uint64_t read_all(struct parquet_values *values, const struct parquet_reader *reader,
                         const uint8_t *bytes)
{
    uint64_t rows = 0, sum = 0;
    for (size_t group = 0; group < parquet_reader_groups(reader); group++) {
        rows += parquet_group_rows(reader, group);
        for (size_t column = 0; column < FIELDS; column++)
            sum += read_column(values, reader, bytes, group, column);
    }
    REQUIRE(rows == parquet_reader_rows(reader));
    return sum;
}

static enum status open_file(const struct parquet_schema *schema, struct str file,
                             struct parquet_reader **out, struct error *error)
{
    uint64_t footer;
    TRY(parquet_footer_bytes(file, file.len, &footer, error));
    REQUIRE(footer <= file.len);
    struct str bytes = {file.data + file.len - footer, (size_t)footer};
    return parquet_reader_new(schema, bytes, file.len, out, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = {0};
    struct parquet_options options = parquet_options_default();
    struct parquet_schema *schema = parquet_schema_new(fields, FIELDS, &options);
    struct parquet_reader *reader = NULL;
    enum status status = open_file(schema, (struct str){(const char *)data, size}, &reader, &error);
    REQUIRE((status == STATUS_OK) == (error.message[0] == '\0'));
    if (status == STATUS_OK) {
        struct parquet_values *values = parquet_values_new();
        uint8_t *fixed = malloc(size); /* of exactly this size, for the sanitizer */
        REQUIRE(fixed);
        memcpy(fixed, data, size);
        fix_checksums(reader, fixed);
        volatile uint64_t sum = read_all(values, reader, data);
        sum += read_all(values, reader, fixed);
        free(fixed);
        parquet_values_free(values);
    }
    parquet_reader_free(reader);
    parquet_schema_free(schema);
    return 0;
}
