/* A file being put together: what the footer will say of the row groups already appended. */
#ifndef PARQUET_FILE_H
#define PARQUET_FILE_H

#include "row_group.h"
#include "schema.h"

/* The lengths of a column chunk's parts in the three buffers below. */
struct chunk_entry {
    size_t metadata_bytes, column_index_bytes, offset_index_bytes;
};

struct group_entry {
    size_t rows;
    uint64_t offset, bytes, plain_bytes;
};

struct parquet_file {
    const struct parquet_schema *schema;
    uint64_t rows, bytes;
    struct buffer metadata, column_indexes, offset_indexes; /* of all chunks, in order */
    struct chunk_entry *chunks;
    size_t chunk_count, chunk_cap;
    struct group_entry *groups;
    size_t group_count, group_cap;
    struct statistics *columns; /* of all row groups; one for each column of the schema */
    size_t column_cap;
};

/* Begins a new file; the memory is kept. */
void parquet_file_reset(struct parquet_file *file, const struct parquet_schema *schema);
void parquet_file_release(struct parquet_file *file);
/* As parquet_file_append, but the row group stays the caller's. */
void parquet_file_append_borrowed(struct parquet_file *file, const struct parquet_row_group *group,
                                  struct buffer *out);

#endif
