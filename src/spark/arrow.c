/* arrow: reads IPC streams (Apache Arrow Columnar Format, "Serialization and Interprocess
 * Communication (IPC)"; Message.fbs, Schema.fbs). A stream is a sequence of messages:
 *
 *      FF FF FF FF | int32 length of the metadata | metadata, a flatbuffer | body
 *
 * It ends with a length of 0 or with the end of the bytes. The first message is the schema, all
 * others are record batches. The body of a record batch has for each column the validity bitmap,
 * the offsets (of text and binary), and the values. */
#include "arrow.h"

#include "flatbuffer_reader.h"

#define CONTINUATION     0xFFFFFFFFu
#define MESSAGE_HEAD     8
#define MAX_ROWS         ((size_t)INT32_MAX)
#define FIELD_NODE_BYTES 16
#define BUFFER_BYTES     16

/* The numbers of Message.fbs, MessageHeader, and of Schema.fbs, Type. */
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

/* The positions of the members in their tables. */
enum { MESSAGE_HEADER_TYPE = 1, MESSAGE_HEADER = 2, MESSAGE_BODY_LENGTH = 3 };
enum { SCHEMA_ENDIANNESS = 0, SCHEMA_FIELDS = 1 };
enum { FIELD_NAME = 0, FIELD_TYPE_TYPE = 2, FIELD_TYPE = 3, FIELD_DICTIONARY = 4 };
enum { INT_BITS = 0, INT_IS_SIGNED = 1, FLOAT_PRECISION = 0, TIME_UNIT = 0, DATE_UNIT = 0 };
enum { DECIMAL_SCALE = 1, DECIMAL_BIT_WIDTH = 2 };
enum { BATCH_LENGTH = 0, BATCH_NODES = 1, BATCH_BUFFERS = 2, BATCH_COMPRESSION = 3 };

/* ---- The schema ------------------------------------------------------------------------------ */

struct reader {
    struct str rest; /* the bytes that have not been read */
    struct arrow_column columns[ARROW_MAX_COLUMNS];
    size_t column_count;
    bool has_schema, has_batch;
};

static enum status corrupt(struct error *error, const char *what)
{
    return error_set(error, STATUS_CORRUPT, "rows came in a form that cannot be read: %s", what);
}

static bool read_int_type(struct flatbuffer_reader *flat, size_t type, enum arrow_type *out_type)
{
    uint64_t bits = flatbuffer_read_member(flat, type, INT_BITS, 4);
    *out_type = bits == 8    ? ARROW_INT8
                : bits == 16 ? ARROW_INT16
                : bits == 32 ? ARROW_INT32
                             : ARROW_INT64;
    return flatbuffer_read_member(flat, type, INT_IS_SIGNED, 1) &&
           (bits == 8 || bits == 16 || bits == 32 || bits == 64);
}

/* The default of the width is 128 bits. */
static bool read_decimal_type(struct flatbuffer_reader *flat, size_t type,
                              struct arrow_column *column)
{
    bool has_width = flatbuffer_find_member(flat, type, DECIMAL_BIT_WIDTH);
    uint64_t scale = flatbuffer_read_member(flat, type, DECIMAL_SCALE, 4);
    column->type = ARROW_DECIMAL;
    column->scale = (unsigned)scale;
    return scale <= MAX_DECIMAL_DIGITS &&
           (!has_width || flatbuffer_read_member(flat, type, DECIMAL_BIT_WIDTH, 4) == DECIMAL_BITS);
}

/* The default of the unit is the millisecond. */
static bool is_of_days(struct flatbuffer_reader *flat, size_t type)
{
    return flatbuffer_find_member(flat, type, DATE_UNIT) &&
           flatbuffer_read_member(flat, type, DATE_UNIT, 2) == UNIT_DAY;
}

static bool read_type(struct flatbuffer_reader *flat, size_t field, struct arrow_column *column)
{
    size_t type = flatbuffer_read_table(flat, field, FIELD_TYPE);
    uint64_t precision;
    if (flatbuffer_find_member(flat, field, FIELD_DICTIONARY) || !type)
        return false;
    switch (flatbuffer_read_member(flat, field, FIELD_TYPE_TYPE, 1)) {
    case FIELD_NULL:
        column->type = ARROW_NULL;
        return true;
    case FIELD_INT:
        return read_int_type(flat, type, &column->type);
    case FIELD_FLOAT:
        precision = flatbuffer_read_member(flat, type, FLOAT_PRECISION, 2);
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
        return read_decimal_type(flat, type, column);
    case FIELD_DATE:
        column->type = ARROW_DATE;
        return is_of_days(flat, type);
    case FIELD_TIME:
        column->type = ARROW_TIMESTAMP;
        return flatbuffer_read_member(flat, type, TIME_UNIT, 2) == UNIT_MICROSECOND;
    default:
        return false;
    }
}

static enum status read_field(struct flatbuffer_reader *flat, size_t field,
                              struct arrow_column *column, struct error *error)
{
    struct flatbuffer_span name = flatbuffer_read_vector(flat, field, FIELD_NAME, 1);
    *column = (struct arrow_column){.name = {(const char *)flat->data + name.at, name.count}};
    bool known = read_type(flat, field, column);
    if (flat->is_bad)
        return corrupt(error, "the schema is cut off");
    if (known)
        return STATUS_OK;
    error_set(error, STATUS_FAILED, "column \"%.*s\" has a type that is not supported",
              STR_ARG(column->name));
    return error_hint(error, "convert it to text: to_json(…), or CAST(… AS STRING)");
}

static enum status read_schema(struct reader *reader, struct flatbuffer_reader *flat, size_t schema,
                               struct error *error)
{
    struct flatbuffer_span fields = flatbuffer_read_vector(flat, schema, SCHEMA_FIELDS, 4);
    if (flat->is_bad)
        return corrupt(error, "the schema is cut off");
    if (reader->has_schema)
        return corrupt(error, "a second schema");
    if (flatbuffer_read_member(flat, schema, SCHEMA_ENDIANNESS, 2) != 0)
        return corrupt(error, "the numbers are big-endian");
    if (fields.count > ARROW_MAX_COLUMNS)
        return error_set(error, STATUS_LIMIT, "%zu columns: at most %d are supported", fields.count,
                         ARROW_MAX_COLUMNS);
    for (size_t i = 0; i < fields.count; i++) {
        size_t field = flatbuffer_read_offset(flat, fields.at + 4 * i);
        TRY(read_field(flat, field, &reader->columns[i], error));
    }
    reader->column_count = fields.count;
    reader->has_schema = true;
    return STATUS_OK;
}

/* ---- Record batches -------------------------------------------------------------------------- */

struct batch_reader {
    struct flatbuffer_reader *flat;
    struct flatbuffer_span nodes, buffers;
    size_t next_buffer;
    struct str body;
    size_t rows;
};

/* Sets *out to the batch's next buffer, which must have at least `size` bytes; STR_NULL if it is
 * empty. */
static enum status next_buffer(struct batch_reader *batch, size_t size, struct str *out,
                               struct error *error)
{
    if (batch->next_buffer >= batch->buffers.count)
        return corrupt(error, "a batch has too few buffers");
    size_t at = batch->buffers.at + BUFFER_BYTES * batch->next_buffer++;
    uint64_t offset = flatbuffer_read_number(batch->flat, at, 8),
             len = flatbuffer_read_number(batch->flat, at + 8, 8);
    if (offset > batch->body.len || len > batch->body.len - offset)
        return corrupt(error, "a buffer ends after its batch");
    if (len < size)
        return corrupt(error, "a buffer is too short for its rows");
    *out = len ? (struct str){batch->body.data + offset, len} : STR_NULL;
    return STATUS_OK;
}

static size_t value_bytes(enum arrow_type type, size_t rows)
{
    static const unsigned char bits[] = {
        [ARROW_NULL] = 0,
        [ARROW_BOOLEAN] = 1,
        [ARROW_INT8] = 8,
        [ARROW_INT16] = 16,
        [ARROW_INT32] = 32,
        [ARROW_INT64] = 64,
        [ARROW_FLOAT] = 32,
        [ARROW_DOUBLE] = 64,
        [ARROW_UTF8] = 32,
        [ARROW_BINARY] = 32,
        [ARROW_TIMESTAMP] = 64,
        [ARROW_DATE] = 32,
        [ARROW_DECIMAL] = DECIMAL_BITS,
    };
    bool is_text = type == ARROW_UTF8 || type == ARROW_BINARY; /* one offset more */
    return (bits[type] * (rows + (is_text && rows)) + 7) / 8;
}

/* Checks that the offsets of texts do not decrease or exceed the text. */
static enum status check_offsets(const uint8_t *offsets, size_t rows, size_t text_len,
                                 struct error *error)
{
    uint64_t last = 0;
    for (size_t i = 0; rows > 0 && i <= rows; i++) {
        uint64_t offset = load_little_endian(offsets + 4 * i, 4);
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
    if (flatbuffer_read_number(batch->flat, node, 8) != batch->rows)
        return corrupt(error, "a column and its batch have different numbers of rows");
    bool has_nulls = flatbuffer_read_number(batch->flat, node + 8, 8) != 0;
    column->rows = batch->rows;
    if (column->type == ARROW_NULL) /* it has no buffers */
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

static enum status read_batch(struct reader *reader, struct flatbuffer_reader *flat, size_t table,
                              struct str body, struct arrow_batch *out_batch, struct error *error)
{
    uint64_t rows = flatbuffer_read_member(flat, table, BATCH_LENGTH, 8);
    struct batch_reader batch = {
        .flat = flat,
        .nodes = flatbuffer_read_vector(flat, table, BATCH_NODES, FIELD_NODE_BYTES),
        .buffers = flatbuffer_read_vector(flat, table, BATCH_BUFFERS, BUFFER_BYTES),
        .body = body,
        .rows = rows,
    };
    if (flat->is_bad)
        return corrupt(error, "a batch's description is cut off");
    if (!reader->has_schema)
        return corrupt(error, "rows before the schema");
    if (flatbuffer_find_member(flat, table, BATCH_COMPRESSION))
        return corrupt(error, "the rows are compressed");
    if (rows > MAX_ROWS || batch.nodes.count != reader->column_count)
        return corrupt(error, "a batch does not fit the schema");
    for (size_t i = 0; i < reader->column_count; i++)
        TRY(read_column(&batch, i, &reader->columns[i], error));
    *out_batch = (struct arrow_batch){rows, reader->column_count, reader->columns};
    return STATUS_OK;
}

/* ---- The stream ------------------------------------------------------------------------------ */

/* Removes the first `len` bytes from *rest and returns them. */
static struct str consume(struct str *rest, size_t len)
{
    struct str consumed = {rest->data, len};
    rest->data += len;
    rest->len -= len;
    return consumed;
}

/* Reads the metadata of the next message; STR_NULL at the end of the stream. */
static enum status read_metadata(struct str *rest, struct str *out, struct error *error)
{
    *out = STR_NULL;
    if (rest->len == 0)
        return STATUS_OK;
    if (rest->len < MESSAGE_HEAD)
        return corrupt(error, "the stream is cut off");
    struct str head = consume(rest, MESSAGE_HEAD);
    if (load_little_endian((const uint8_t *)head.data, 4) != CONTINUATION)
        return corrupt(error, "it is not an Arrow stream");
    size_t len = load_little_endian((const uint8_t *)head.data + 4, 4);
    if (len > rest->len)
        return corrupt(error, "the stream is cut off");
    if (len > 0)
        *out = consume(rest, len);
    return STATUS_OK;
}

static enum status read_message(struct reader *reader, struct str metadata, arrow_batch_fn *fn,
                                void *ctx, struct error *error)
{
    struct flatbuffer_reader flat = {(const uint8_t *)metadata.data, metadata.len, false};
    struct arrow_batch batch;
    size_t message = flatbuffer_read_offset(&flat, 0);
    uint64_t type = flatbuffer_read_member(&flat, message, MESSAGE_HEADER_TYPE, 1);
    uint64_t body_length = flatbuffer_read_member(&flat, message, MESSAGE_BODY_LENGTH, 8);
    size_t header = flatbuffer_read_table(&flat, message, MESSAGE_HEADER);
    if (flat.is_bad || !header)
        return corrupt(error, "a message's description is cut off");
    if (body_length > reader->rest.len)
        return corrupt(error, "the stream is cut off");
    struct str body = consume(&reader->rest, body_length);
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
        TRY(read_metadata(&reader.rest, &metadata, error));
        if (!metadata.data)
            break;
        TRY(read_message(&reader, metadata, fn, ctx, error));
    }
    if (!reader.has_schema)
        return corrupt(error, "it has no schema");
    struct arrow_batch none = {0, reader.column_count, reader.columns};
    return reader.has_batch ? STATUS_OK : fn(ctx, &none, error);
}
