/* writer: the common part of all formats. */
#pragma once

#include <gather.h>

struct query_writer {
    const struct query_writer_ops *ops;
    struct query_column *columns;
    size_t count;
    struct arena names;
    struct query_layout layout;
    uint64_t rows;
    struct buffer scratch;
    struct gather gather; /* of a format that writes groups of rows */
    void *state;          /* state of the format */
};

/* The functions of a format; NULL ones are skipped. */
struct query_writer_ops {
    void (*begin)(struct query_writer *writer, struct buffer *out);
    void (*add)(struct query_writer *writer, const struct query_batch *batch, struct buffer *out);
    /* Instead of `add`: writes the gathered rows, of which there are some. */
    void (*write_group)(struct query_writer *writer, struct buffer *out);
    size_t group_rows; /* a group has about so many */
    void (*end)(struct query_writer *writer, struct buffer *out);
    void (*free)(struct query_writer *writer);
};
extern const struct query_writer_ops query_writer_table, query_writer_csv, query_writer_json,
    query_writer_jsonl, query_writer_markdown, query_writer_parquet, query_writer_arrow;
