/* What a reader knows of a file. */
#ifndef PARQUET_READER_H
#define PARQUET_READER_H

#include "encodings.h"
#include "schema.h"
#include "statistics.h"

struct reader_chunk {
    uint64_t offset, bytes; /* of all its pages */
    enum parquet_codec codec;
    uint64_t rows;
    struct parquet_statistics statistics;
};

struct reader_group {
    uint64_t rows;
};

struct parquet_reader {
    const struct parquet_schema *schema; /* borrowed */
    uint64_t file_bytes, rows;
    struct reader_group *groups;
    size_t group_count, group_cap;
    struct reader_chunk *chunks; /* one for each column of the schema, group by group */
    size_t chunk_count, chunk_cap;
    bool *is_nullable; /* each column, in the file: also where the schema says that none is null */
    size_t *columns;   /* those that the file has, as numbers in the schema */
    size_t column_count;
};

#endif
