/* A file that is being written: the footer's data about the row groups appended so far. */
#pragma once

#include "row_group.h"
#include "schema.h"

/* The lengths of a column chunk's parts in the buffers `metadata`, `column_indexes` and
 * `offset_indexes`. */
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
    struct buffer metadata, column_indexes, offset_indexes; /* serialized, of all chunks in order */
    struct chunk_entry *chunks;
    size_t chunk_count, chunk_cap;
    struct group_entry *groups;
    size_t group_count, group_cap;
    struct parquet_statistics *columns; /* of each column of the schema over all row groups */
    size_t column_cap;
};

/* Begins a new file in a zeroed or used object; keeps the memory. The schema is borrowed. */
void parquet_file_reset(struct parquet_file *file, const struct parquet_schema *schema);
void parquet_file_release(struct parquet_file *file);
