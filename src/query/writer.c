/* The table of formats. */
#include "writer.h"

#define GROUP_BYTES ((size_t)64 << 20) /* of the strings of a group */

static const struct query_writer_ops *const formats[] = {
    [QUERY_FORMAT_TABLE] = &query_writer_table,
    [QUERY_FORMAT_CSV] = &query_writer_csv,
    [QUERY_FORMAT_JSON] = &query_writer_json,
    [QUERY_FORMAT_JSONL] = &query_writer_jsonl,
    [QUERY_FORMAT_MARKDOWN] = &query_writer_markdown,
    [QUERY_FORMAT_PARQUET] = &query_writer_parquet,
    [QUERY_FORMAT_ARROW] = &query_writer_arrow,
};

struct query_writer *query_writer_new(enum query_format format, const struct query_column *columns,
                                      size_t count, const struct query_layout *layout)
{
    struct query_writer *writer = mem_zalloc(sizeof *writer);
    writer->ops = formats[format];
    writer->layout = *layout;
    writer->count = count;
    writer->columns = mem_zalloc((count + 1) * sizeof *columns);
    for (size_t i = 0; i < count; i++)
        writer->columns[i] = (struct query_column){arena_copy(&writer->names, columns[i].name),
                                                   columns[i].type, columns[i].is_id};
    return writer;
}

void query_writer_free(struct query_writer *writer)
{
    if (!writer)
        return;
    if (writer->ops->free)
        writer->ops->free(writer);
    gather_release(&writer->gather);
    arena_release(&writer->names);
    buffer_release(&writer->scratch);
    mem_free(writer->columns);
    mem_free(writer);
}

void query_writer_begin(struct query_writer *writer, struct buffer *out)
{
    if (writer->ops->write_group)
        gather_init(&writer->gather, writer->count);
    if (writer->ops->begin)
        writer->ops->begin(writer, out);
}

static void write_group(struct query_writer *writer, struct buffer *out)
{
    if (writer->gather.rows)
        writer->ops->write_group(writer, out);
    gather_reset(&writer->gather);
}

static void add_to_group(struct query_writer *writer, const struct query_batch *batch,
                         struct buffer *out)
{
    gather_add(&writer->gather, writer->columns, batch);
    if (writer->gather.rows >= writer->ops->group_rows ||
        gather_string_bytes(&writer->gather) >= GROUP_BYTES)
        write_group(writer, out);
}

void query_writer_add(struct query_writer *writer, const struct query_batch *batch,
                      struct buffer *out)
{
    (writer->ops->write_group ? add_to_group : writer->ops->add)(writer, batch, out);
    writer->rows += batch->rows;
}

void query_writer_end(struct query_writer *writer, struct buffer *out)
{
    write_group(writer, out);
    if (writer->ops->end)
        writer->ops->end(writer, out);
}

uint64_t query_writer_rows(const struct query_writer *writer)
{
    return writer->rows;
}
