/* Arrow's IPC file ("Feather version 2"):
 *
 *      "ARROW1" 0 0 | schema | record batches | FF FF FF FF 0 0 0 0 | footer | its length |
 * "ARROW1"
 *
 * A message is FF FF FF FF, the length of its metadata, the metadata (a flatbuffer), and its body.
 * (Arrow columnar format, "Serialization and Interprocess Communication"; Message.fbs, Schema.fbs,
 * File.fbs.) A decimal number is a double, JSON is text. */
#include "flatbuffer.h"
#include "writer.h"

#define MAGIC STR("ARROW1")

enum { METADATA_V5 = 4, HEADER_SCHEMA = 1, HEADER_RECORD_BATCH = 3 };
enum {
    TYPE_INT = 2,
    TYPE_FLOAT = 3,
    TYPE_BINARY = 4,
    TYPE_UTF8 = 5,
    TYPE_BOOL = 6,
    TYPE_DATE = 8,
    TYPE_TIMESTAMP = 10,
};
enum { PRECISION_DOUBLE = 2, UNIT_DAY = 0, UNIT_MICROSECOND = 2 };

struct arrow_block {
    uint64_t offset, metadata_bytes, body_bytes;
};

struct arrow_state {
    uint64_t offset; /* current size of the file */
    struct arrow_block *blocks;
    size_t block_count, block_cap;
    struct buffer metadata, body;
};

/* ---- Schema ---------------------------------------------------------------------------------- */

static int type_number(enum query_type type)
{
    static const int types[] = {
        [QUERY_BOOL] = TYPE_BOOL,    [QUERY_INT64] = TYPE_INT, [QUERY_DOUBLE] = TYPE_FLOAT,
        [QUERY_NUMBER] = TYPE_FLOAT, [QUERY_DATE] = TYPE_DATE, [QUERY_TIMESTAMP] = TYPE_TIMESTAMP,
        [QUERY_TEXT] = TYPE_UTF8,    [QUERY_JSON] = TYPE_UTF8, [QUERY_BLOB] = TYPE_BINARY,
    };
    return types[type];
}

static size_t append_type(struct buffer *out, int type)
{
    struct {
        struct flatbuffer_member members[2];
        size_t count;
    } types[] = {
        [TYPE_INT] = {{{4, 64}, {1, 1}}, 2},
        [TYPE_FLOAT] = {{{2, PRECISION_DOUBLE}}, 1},
        [TYPE_DATE] = {{{2, UNIT_DAY}}, 1},
        [TYPE_TIMESTAMP] = {{{2, UNIT_MICROSECOND}, {4}}, 2}, /* unit, time zone */
    };
    struct flatbuffer_member *members = types[type].members;
    size_t at = flatbuffer_append_table(out, members, types[type].count);
    if (type == TYPE_TIMESTAMP)
        flatbuffer_set_reference(out, members[1].at, flatbuffer_append_string(out, STR("UTC")));
    return at;
}

static size_t append_field(struct buffer *out, const struct query_column *column)
{
    int type = type_number(column->type);
    struct flatbuffer_member members[] = {
        {4}, {1, 1}, {1, (uint64_t)type}, {4}, {0}, {4},
    }; /* name, nullable, type_type, type, dictionary, children */
    size_t at = flatbuffer_append_table(out, members, 6);
    flatbuffer_set_reference(out, members[0].at, flatbuffer_append_string(out, column->name));
    flatbuffer_set_reference(out, members[3].at, append_type(out, type));
    flatbuffer_set_reference(out, members[5].at, flatbuffer_append_vector(out, 0, 4));
    return at;
}

static size_t append_schema(struct buffer *out, const struct query_column *columns, size_t count)
{
    struct flatbuffer_member members[] = {{2, 0}, {4}}; /* endianness, fields */
    size_t at = flatbuffer_append_table(out, members, 2);
    size_t fields = flatbuffer_append_vector(out, count, 4);
    flatbuffer_set_reference(out, members[1].at, fields);
    for (size_t i = 0; i < count; i++)
        flatbuffer_append(out, 0, 4);
    for (size_t i = 0; i < count; i++)
        flatbuffer_set_reference(out, fields + 4 + 4 * i, append_field(out, &columns[i]));
    return at;
}

/* ---- Messages -------------------------------------------------------------------------------- */

/* Begins a message in state->metadata; the header is appended next. Returns the position of the
 * reference to it. */
static size_t begin_message(struct arrow_state *state, int header, uint64_t body_bytes)
{
    struct flatbuffer_member members[] = {
        {2, METADATA_V5}, {1, (uint64_t)header}, {4}, {8, body_bytes}};
    buffer_reset(&state->metadata);
    flatbuffer_append(&state->metadata, 0, 4);
    flatbuffer_set_reference(&state->metadata, 0,
                             flatbuffer_append_table(&state->metadata, members, 4));
    return members[2].at;
}

/* Appends the message and its body; returns the size of the metadata with its prefix. */
static uint64_t end_message(struct arrow_state *state, struct buffer *out)
{
    flatbuffer_align(&state->metadata, 8);
    flatbuffer_append(out, UINT32_MAX, 4);
    flatbuffer_append(out, state->metadata.len, 4);
    buffer_append_str(out, buffer_str(&state->metadata));
    buffer_append_str(out, buffer_str(&state->body));
    state->offset += 8 + state->metadata.len + state->body.len;
    return 8 + state->metadata.len;
}

static void arrow_begin(struct query_writer *writer, struct buffer *out)
{
    struct arrow_state *state = mem_zalloc(sizeof *state);
    writer->state = state;
    buffer_append_str(out, MAGIC);
    flatbuffer_append(out, 0, 2);
    state->offset = 8;
    size_t header = begin_message(state, HEADER_SCHEMA, 0);
    size_t schema = append_schema(&state->metadata, writer->columns, writer->count);
    flatbuffer_set_reference(&state->metadata, header, schema);
    end_message(state, out);
}

/* ---- Record batches -------------------------------------------------------------------------- */

/* Appends a buffer to the body, aligned to 8 bytes, and its offset and length to `buffers`. */
static void add_buffer(struct arrow_state *state, const void *bytes, size_t len,
                       struct buffer *buffers)
{
    flatbuffer_append(buffers, state->body.len, 8);
    flatbuffer_append(buffers, len, 8);
    buffer_append(&state->body, bytes, len);
    flatbuffer_align(&state->body, 8);
}

/* Fills the body; `nodes` and `buffers` describe it. */
static void fill_body(struct query_writer *writer, struct buffer *nodes, struct buffer *buffers)
{
    struct arrow_state *state = writer->state;
    buffer_reset(&state->body);
    for (size_t i = 0; i < writer->count; i++) {
        const struct gathered_column *column = &writer->gather.columns[i];
        int type = type_number(writer->columns[i].type);
        flatbuffer_append(nodes, column->rows, 8);
        flatbuffer_append(nodes, column->nulls, 8);
        add_buffer(state, column->validity.data, column->validity.len, buffers);
        add_buffer(state, column->values.data, column->values.len, buffers);
        if (type == TYPE_UTF8 || type == TYPE_BINARY)
            add_buffer(state, column->bytes.data, column->bytes.len, buffers);
    }
}

static size_t append_structs(struct buffer *out, const struct buffer *structs)
{
    size_t at = flatbuffer_append_vector(out, structs->len / 16, 8);
    buffer_append_str(out, buffer_str(structs));
    return at;
}

static void arrow_write_group(struct query_writer *writer, struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer nodes = {0}, buffers = {0};
    struct arrow_state *state = writer->state;
    struct flatbuffer_member members[] = {
        {8, writer->gather.rows}, {4}, {4}}; /* length, nodes, buffers */
    fill_body(writer, &nodes, &buffers);
    size_t header = begin_message(state, HEADER_RECORD_BATCH, state->body.len);
    flatbuffer_set_reference(&state->metadata, header,
                             flatbuffer_append_table(&state->metadata, members, 3));
    flatbuffer_set_reference(&state->metadata, members[1].at,
                             append_structs(&state->metadata, &nodes));
    flatbuffer_set_reference(&state->metadata, members[2].at,
                             append_structs(&state->metadata, &buffers));
    struct arrow_block block = {.offset = state->offset, .body_bytes = state->body.len};
    block.metadata_bytes = end_message(state, out);
    *MEM_ADD(state->blocks, state->block_count, state->block_cap) = block;
}

/* ---- Footer ---------------------------------------------------------------------------------- */

static void append_footer(const struct query_writer *writer, struct buffer *out)
{
    const struct arrow_state *state = writer->state;
    struct flatbuffer_member members[] = {{2, METADATA_V5}, {4}, {4}, {4}}; /* version, schema,
                                                              dictionaries, recordBatches */
    flatbuffer_append(out, 0, 4);
    flatbuffer_set_reference(out, 0, flatbuffer_append_table(out, members, 4));
    flatbuffer_set_reference(out, members[1].at,
                             append_schema(out, writer->columns, writer->count));
    flatbuffer_set_reference(out, members[2].at, flatbuffer_append_vector(out, 0, 8));
    flatbuffer_set_reference(out, members[3].at,
                             flatbuffer_append_vector(out, state->block_count, 8));
    for (size_t i = 0; i < state->block_count; i++) {
        flatbuffer_append(out, state->blocks[i].offset, 8);
        flatbuffer_append(out, state->blocks[i].metadata_bytes, 8); /* an int32 and its padding */
        flatbuffer_append(out, state->blocks[i].body_bytes, 8);
    }
}

static void arrow_end(struct query_writer *writer, struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer footer = {0};
    flatbuffer_append(out, UINT32_MAX, 4);
    flatbuffer_append(out, 0, 4);
    append_footer(writer, &footer);
    buffer_append_str(out, buffer_str(&footer));
    flatbuffer_append(out, footer.len, 4);
    buffer_append_str(out, MAGIC);
}

static void arrow_free(struct query_writer *writer)
{
    struct arrow_state *state = writer->state;
    if (!state)
        return;
    buffer_release(&state->metadata);
    buffer_release(&state->body);
    mem_free(state->blocks);
    mem_free(state);
}

const struct query_writer_ops query_writer_arrow = {.begin = arrow_begin,
                                                    .write_group = arrow_write_group,
                                                    .group_rows = 64 << 10,
                                                    .end = arrow_end,
                                                    .free = arrow_free};
