/* A parsed footer. */
#pragma once

#include "encodings.h"
#include "schema.h"
#include "statistics.h"

/* A column chunk. */
struct reader_chunk {
    uint64_t offset, bytes; /* of all its pages in the file */
    enum parquet_codec codec;
    uint64_t rows;
    struct parquet_statistics statistics;
};

struct reader_group {
    uint64_t rows;
};

/* A column as the file has it. */
struct reader_column {
    bool is_nullable;       /* OPTIONAL */
    enum parquet_type type; /* the schema's, or INT32 for a decimal, which Spark writes where its
                               digits fit */
};

struct parquet_reader {
    const struct parquet_schema *schema; /* borrowed */
    uint64_t file_bytes, rows;
    struct reader_group *groups;
    size_t group_count, group_cap;
    struct reader_chunk *chunks; /* of each row group: one for each column of the schema */
    size_t chunk_count, chunk_cap;
    struct reader_column *stored; /* by the schema's columns */
    size_t *columns;              /* of each column of the file: its number in the schema */
    size_t column_count;
};
