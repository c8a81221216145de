/* An IPC stream is a row of messages, each of them
 *
 *      FF FF FF FF | int32 length of the metadata | metadata, a flatbuffer | body
 *
 * A length of 0, or the end of the bytes, ends it. The first message is the schema, all others are
 * record batches; a batch's body holds, column by column, validity bits, (of text) offsets, and
 * values. (Arrow, "Serialization and Interprocess Communication"; Message.fbs, Schema.fbs)
 *
 * All numbers of a flatbuffer are read by flat_… functions, which check bounds. After a read out of
 * bounds the flatbuffer is `bad`, all reads give 0, and the caller looks once at the end. */
#include "arrow.h"

#include <stdio.h>

#define CONTINUATION     0xFFFFFFFFu
#define MESSAGE_HEAD     8
#define MAX_ROWS         ((size_t)INT32_MAX)
#define FIELD_NODE_BYTES 16
#define BUFFER_BYTES     16

enum message_type { MESSAGE_SCHEMA = 1, MESSAGE_RECORD_BATCH = 3 };
enum field_type {
    FIELD_NULL = 1,
    FIELD_INT = 2,
    FIELD_FLOAT = 3,
    FIELD_BINARY = 4,
    FIELD_UTF8 = 5,
    FIELD_BOOL = 6,
    FIELD_DECIMAL = 7,
    FIELD_DATE = 8,
    FIELD_TIME = 10,
};
enum { PRECISION_SINGLE = 1, PRECISION_DOUBLE = 2, UNIT_MICROSECOND = 2, UNIT_DAY = 0 };
enum { DECIMAL_BITS = 128, MAX_DECIMAL_DIGITS = 38 };

/* Where the members stand in their tables. */
enum { MESSAGE_HEADER_TYPE = 1, MESSAGE_HEADER = 2, MESSAGE_BODY_LENGTH = 3 };
enum { SCHEMA_ENDIANNESS = 0, SCHEMA_FIELDS = 1 };
enum { FIELD_NAME = 0, FIELD_TYPE_TYPE = 2, FIELD_TYPE = 3, FIELD_DICTIONARY = 4 };
enum { INT_BITS = 0, INT_IS_SIGNED = 1, FLOAT_PRECISION = 0, TIME_UNIT = 0, DATE_UNIT = 0 };
enum { DECIMAL_SCALE = 1, DECIMAL_BIT_WIDTH = 2 };
enum { BATCH_LENGTH = 0, BATCH_NODES = 1, BATCH_BUFFERS = 2, BATCH_COMPRESSION = 3 };

/* ---- Flatbuffers ----------------------------------------------------------------------------- */

struct flat {
    const uint8_t *data;
    size_t len;
    bool bad;
};

/* A vector, or a string. */
struct flat_vector {
    size_t at, count;
};

static uint64_t load(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static bool flat_has(struct flat *flat, size_t at, size_t size)
{
    if (!flat->bad && at <= flat->len && size <= flat->len - at)
        return true;
    flat->bad = true;
    return false;
}

static uint64_t flat_number(struct flat *flat, size_t at, size_t size)
{
    return flat_has(flat, at, size) ? load(flat->data + at, size) : 0;
}

/* Where an offset at `at` points to; it points forward only. */
static size_t flat_follow(struct flat *flat, size_t at)
{
    uint64_t offset = flat_number(flat, at, 4);
    if (!flat_has(flat, at, 4) || !flat_has(flat, at + offset, 4))
        return 0;
    return at + offset;
}

/* Where a member of a table stands, or 0 where it is left out. */
static size_t flat_member(struct flat *flat, size_t table, unsigned member)
{
    int64_t back = (int32_t)flat_number(flat, table, 4);
    int64_t start = (int64_t)table - back;
    if (start < 0 || !flat_has(flat, (size_t)start, 4)) {
        flat->bad = true;
        return 0;
    }
    size_t vtable = (size_t)start, slot = 4 + 2 * (size_t)member;
    if (slot + 2 > flat_number(flat, vtable, 2))
        return 0;
    uint64_t offset = flat_number(flat, vtable + slot, 2);
    return offset ? table + offset : 0;
}

static uint64_t flat_scalar(struct flat *flat, size_t table, unsigned member, size_t size)
{
    size_t at = flat_member(flat, table, member);
    return at ? flat_number(flat, at, size) : 0;
}

/* A table that is a member; 0 where it is left out. */
static size_t flat_table(struct flat *flat, size_t table, unsigned member)
{
    size_t at = flat_member(flat, table, member);
    return at ? flat_follow(flat, at) : 0;
}

static struct flat_vector flat_vector(struct flat *flat, size_t table, unsigned member,
                                      size_t element_size)
{
    size_t at = flat_table(flat, table, member);
    if (!at)
        return (struct flat_vector){0};
    struct flat_vector vector = {at + 4, flat_number(flat, at, 4)};
    if (!flat_has(flat, vector.at, vector.count * element_size))
        return (struct flat_vector){0};
    return vector;
}

/* ---- The schema ------------------------------------------------------------------------------ */

struct reader {
    struct str rest; /* of the stream */
    struct arrow_column columns[ARROW_MAX_COLUMNS];
    size_t column_count;
    bool has_schema, has_batch;
};

static enum status corrupt(struct error *error, const char *what)
{
    return error_set(error, STATUS_CORRUPT, "rows came in a form that cannot be read: %s", what);
}

static bool find_int(struct flat *flat, size_t type, enum arrow_type *out_type)
{
    uint64_t bits = flat_scalar(flat, type, INT_BITS, 4);
    *out_type = bits == 8    ? ARROW_INT8
                : bits == 16 ? ARROW_INT16
                : bits == 32 ? ARROW_INT32
                             : ARROW_INT64;
    return flat_scalar(flat, type, INT_IS_SIGNED, 1) &&
           (bits == 8 || bits == 16 || bits == 32 || bits == 64);
}

/* Without a width it is one of 128 bits. */
static bool find_decimal(struct flat *flat, size_t type, struct arrow_column *column)
{
    bool has_width = flat_member(flat, type, DECIMAL_BIT_WIDTH);
    uint64_t scale = flat_scalar(flat, type, DECIMAL_SCALE, 4);
    column->type = ARROW_DECIMAL;
    column->scale = (unsigned)scale;
    return scale <= MAX_DECIMAL_DIGITS &&
           (!has_width || flat_scalar(flat, type, DECIMAL_BIT_WIDTH, 4) == DECIMAL_BITS);
}

/* The unit that is left out is the millisecond. */
static bool is_of_days(struct flat *flat, size_t type)
{
    return flat_member(flat, type, DATE_UNIT) && flat_scalar(flat, type, DATE_UNIT, 2) == UNIT_DAY;
}

static bool find_type(struct flat *flat, size_t field, struct arrow_column *column)
{
    size_t type = flat_table(flat, field, FIELD_TYPE);
    uint64_t precision;
    if (flat_member(flat, field, FIELD_DICTIONARY) || !type)
        return false;
    switch (flat_scalar(flat, field, FIELD_TYPE_TYPE, 1)) {
    case FIELD_NULL:
        column->type = ARROW_NULL;
        return true;
    case FIELD_INT:
        return find_int(flat, type, &column->type);
    case FIELD_FLOAT:
        precision = flat_scalar(flat, type, FLOAT_PRECISION, 2);
        column->type = precision == PRECISION_SINGLE ? ARROW_FLOAT : ARROW_DOUBLE;
        return precision == PRECISION_SINGLE || precision == PRECISION_DOUBLE;
    case FIELD_BINARY:
        column->type = ARROW_BINARY;
        return true;
    case FIELD_UTF8:
        column->type = ARROW_UTF8;
        return true;
    case FIELD_BOOL:
        column->type = ARROW_BOOLEAN;
        return true;
    case FIELD_DECIMAL:
        return find_decimal(flat, type, column);
    case FIELD_DATE:
        column->type = ARROW_DATE;
        return is_of_days(flat, type);
    case FIELD_TIME:
        column->type = ARROW_TIMESTAMP;
        return flat_scalar(flat, type, TIME_UNIT, 2) == UNIT_MICROSECOND;
    default:
        return false;
    }
}

static enum status read_field(struct flat *flat, size_t field, struct arrow_column *column,
                              struct error *error)
{
    struct flat_vector name = flat_vector(flat, field, FIELD_NAME, 1);
    *column = (struct arrow_column){.name = {(const char *)flat->data + name.at, name.count}};
    bool known = find_type(flat, field, column);
    if (flat->bad)
        return corrupt(error, "the schema is cut off");
    if (known)
        return STATUS_OK;
    error_set(error, STATUS_FAILED, "column \"%.*s\" has a type that is not read here",
              STR_ARG(column->name));
    return error_hint(error, "make it text: to_json(…), or CAST(… AS STRING)");
}

static enum status read_schema(struct reader *reader, struct flat *flat, size_t schema,
                               struct error *error)
{
    struct flat_vector fields = flat_vector(flat, schema, SCHEMA_FIELDS, 4);
    if (flat->bad)
        return corrupt(error, "the schema is cut off");
    if (reader->has_schema)
        return corrupt(error, "a second schema");
    if (flat_scalar(flat, schema, SCHEMA_ENDIANNESS, 2) != 0)
        return corrupt(error, "the numbers are big-endian");
    if (fields.count > ARROW_MAX_COLUMNS)
        return error_set(error, STATUS_LIMIT, "%zu columns: at most %d are read", fields.count,
                         ARROW_MAX_COLUMNS);
    for (size_t i = 0; i < fields.count; i++) {
        size_t field = flat_follow(flat, fields.at + 4 * i);
        TRY(read_field(flat, field, &reader->columns[i], error));
    }
    reader->column_count = fields.count;
    reader->has_schema = true;
    return STATUS_OK;
}

/* ---- Record batches -------------------------------------------------------------------------- */

struct batch_reader {
    struct flat *flat;
    struct flat_vector nodes, buffers;
    size_t next_buffer;
    struct str body;
    size_t rows;
};

/* The next of the batch's buffers, which must hold at least `size` bytes; null for an empty one. */
static enum status next_buffer(struct batch_reader *batch, size_t size, struct str *out,
                               struct error *error)
{
    if (batch->next_buffer >= batch->buffers.count)
        return corrupt(error, "a batch has too few buffers");
    size_t at = batch->buffers.at + BUFFER_BYTES * batch->next_buffer++;
    uint64_t offset = flat_number(batch->flat, at, 8), len = flat_number(batch->flat, at + 8, 8);
    if (offset > batch->body.len || len > batch->body.len - offset)
        return corrupt(error, "a buffer ends after its batch");
    if (len < size)
        return corrupt(error, "a buffer is too short for its rows");
    *out = len ? (struct str){batch->body.data + offset, len} : STR_NULL;
    return STATUS_OK;
}

static size_t value_bytes(enum arrow_type type, size_t rows)
{
    switch (type) {
    case ARROW_NULL:
        return 0;
    case ARROW_BOOLEAN:
        return (rows + 7) / 8;
    case ARROW_INT8:
        return rows;
    case ARROW_INT16:
        return rows * 2;
    case ARROW_INT32:
    case ARROW_FLOAT:
    case ARROW_DATE:
        return rows * 4;
    case ARROW_UTF8:
    case ARROW_BINARY:
        return rows ? (rows + 1) * 4 : 0;
    case ARROW_DECIMAL:
        return rows * (DECIMAL_BITS / 8);
    case ARROW_INT64:
    case ARROW_DOUBLE:
    case ARROW_TIMESTAMP:
    default:
        return rows * 8;
    }
}

static enum status check_offsets(const uint8_t *offsets, size_t rows, size_t text_len,
                                 struct error *error)
{
    uint64_t last = 0;
    for (size_t i = 0; rows > 0 && i <= rows; i++) {
        uint64_t offset = load(offsets + 4 * i, 4);
        if (offset < last || offset > text_len)
            return corrupt(error, "a text ends before it begins, or after its buffer");
        last = offset;
    }
    return STATUS_OK;
}

static enum status read_column(struct batch_reader *batch, size_t number,
                               struct arrow_column *column, struct error *error)
{
    size_t node = batch->nodes.at + FIELD_NODE_BYTES * number;
    struct str validity = STR_NULL, values = STR_NULL, text = STR_NULL;
    if (flat_number(batch->flat, node, 8) != batch->rows)
        return corrupt(error, "a column has not as many rows as its batch");
    bool has_nulls = flat_number(batch->flat, node + 8, 8) != 0;
    column->rows = batch->rows;
    if (column->type == ARROW_NULL) /* has no buffers at all */
        return STATUS_OK;
    TRY(next_buffer(batch, has_nulls ? (batch->rows + 7) / 8 : 0, &validity, error));
    column->validity = has_nulls ? (const uint8_t *)validity.data : NULL;
    TRY(next_buffer(batch, value_bytes(column->type, batch->rows), &values, error));
    column->values = (const uint8_t *)values.data;
    if (column->type != ARROW_UTF8 && column->type != ARROW_BINARY)
        return STATUS_OK;
    TRY(next_buffer(batch, 0, &text, error));
    column->text = text.data ? text.data : "";
    return check_offsets(column->values, batch->rows, text.len, error);
}

static enum status read_batch(struct reader *reader, struct flat *flat, size_t table,
                              struct str body, struct arrow_batch *out_batch, struct error *error)
{
    uint64_t rows = flat_scalar(flat, table, BATCH_LENGTH, 8);
    struct batch_reader batch = {
        .flat = flat,
        .nodes = flat_vector(flat, table, BATCH_NODES, FIELD_NODE_BYTES),
        .buffers = flat_vector(flat, table, BATCH_BUFFERS, BUFFER_BYTES),
        .body = body,
        .rows = rows,
    };
    if (flat->bad)
        return corrupt(error, "a batch's description is cut off");
    if (!reader->has_schema)
        return corrupt(error, "rows before the schema");
    if (flat_member(flat, table, BATCH_COMPRESSION))
        return corrupt(error, "the rows are compressed");
    if (rows > MAX_ROWS || batch.nodes.count != reader->column_count)
        return corrupt(error, "a batch does not fit the schema");
    for (size_t i = 0; i < reader->column_count; i++)
        TRY(read_column(&batch, i, &reader->columns[i], error));
    *out_batch = (struct arrow_batch){rows, reader->column_count, reader->columns};
    return STATUS_OK;
}

/* ---- The stream ------------------------------------------------------------------------------ */

static struct str take(struct str *rest, size_t len)
{
    struct str taken = {rest->data, len};
    rest->data += len;
    rest->len -= len;
    return taken;
}

/* The metadata of the next message; null at the stream's end. */
static enum status next_metadata(struct str *rest, struct str *out, struct error *error)
{
    *out = STR_NULL;
    if (rest->len == 0)
        return STATUS_OK;
    if (rest->len < MESSAGE_HEAD)
        return corrupt(error, "the stream is cut off");
    struct str head = take(rest, MESSAGE_HEAD);
    if (load((const uint8_t *)head.data, 4) != CONTINUATION)
        return corrupt(error, "it is no Arrow stream");
    size_t len = load((const uint8_t *)head.data + 4, 4);
    if (len > rest->len)
        return corrupt(error, "the stream is cut off");
    if (len > 0)
        *out = take(rest, len);
    return STATUS_OK;
}

static enum status read_message(struct reader *reader, struct str metadata, arrow_batch_fn *fn,
                                void *ctx, struct error *error)
{
    struct flat flat = {(const uint8_t *)metadata.data, metadata.len, false};
    struct arrow_batch batch;
    size_t message = flat_follow(&flat, 0);
    uint64_t type = flat_scalar(&flat, message, MESSAGE_HEADER_TYPE, 1);
    uint64_t body_length = flat_scalar(&flat, message, MESSAGE_BODY_LENGTH, 8);
    size_t header = flat_table(&flat, message, MESSAGE_HEADER);
    if (flat.bad || !header)
        return corrupt(error, "a message's description is cut off");
    if (body_length > reader->rest.len)
        return corrupt(error, "the stream is cut off");
    struct str body = take(&reader->rest, body_length);
    if (type == MESSAGE_SCHEMA)
        return read_schema(reader, &flat, header, error);
    if (type != MESSAGE_RECORD_BATCH)
        return corrupt(error, "a message of an unknown kind");
    TRY(read_batch(reader, &flat, header, body, &batch, error));
    reader->has_batch = true;
    return fn(ctx, &batch, error);
}

enum status arrow_read(struct str stream, arrow_batch_fn *fn, void *ctx, struct error *error)
{
    struct reader reader = {.rest = stream};
    for (;;) {
        struct str metadata;
        TRY(next_metadata(&reader.rest, &metadata, error));
        if (!metadata.data)
            break;
        TRY(read_message(&reader, metadata, fn, ctx, error));
    }
    if (!reader.has_schema)
        return corrupt(error, "it has no schema");
    struct arrow_batch none = {0, reader.column_count, reader.columns};
    return reader.has_batch ? STATUS_OK : fn(ctx, &none, error);
}

/* ---- Values ---------------------------------------------------------------------------------- */

static bool bit(const uint8_t *bits, size_t at)
{
    return bits[at / 8] >> (at % 8) & 1;
}

bool arrow_is_null(const struct arrow_column *column, size_t row)
{
    return column->type == ARROW_NULL || (column->validity && !bit(column->validity, row));
}

bool arrow_boolean(const struct arrow_column *column, size_t row)
{
    return bit(column->values, row);
}

int64_t arrow_integer(const struct arrow_column *column, size_t row)
{
    switch (column->type) {
    case ARROW_INT8:
        return (int8_t)column->values[row];
    case ARROW_INT16:
        return (int16_t)load(column->values + 2 * row, 2);
    case ARROW_INT32:
    case ARROW_DATE:
        return (int32_t)load(column->values + 4 * row, 4);
    default:
        return (int64_t)load(column->values + 8 * row, 8);
    }
}

double arrow_double(const struct arrow_column *column, size_t row)
{
    float single;
    double value;
    if (column->type == ARROW_FLOAT) {
        memcpy(&single, column->values + 4 * row, sizeof single);
        return single;
    }
    memcpy(&value, column->values + 8 * row, sizeof value);
    return value;
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers come with the low byte first");

/* 2^127 has 39 digits. */
void arrow_decimal(const struct arrow_column *column, size_t row, struct buffer *out)
{
    char digits[MAX_DECIMAL_DIGITS + 2];
    size_t count = 0;
    unsigned __int128 value;
    memcpy(&value, column->values + sizeof value * row, sizeof value);
    bool is_negative = value >> (DECIMAL_BITS - 1);
    if (is_negative)
        value = -value;
    for (; value > 0 || count <= column->scale; value /= 10)
        digits[count++] = (char)('0' + (int)(value % 10));
    if (is_negative)
        buffer_append_char(out, '-');
    while (count > 0) {
        buffer_append_char(out, digits[--count]);
        if (count == column->scale && count > 0)
            buffer_append_char(out, '.');
    }
}

struct str arrow_text(const struct arrow_column *column, size_t row)
{
    if (arrow_is_null(column, row))
        return STR_NULL;
    uint64_t start = load(column->values + 4 * row, 4), end = load(column->values + 4 * row + 4, 4);
    return (struct str){column->text + start, end - start};
}
