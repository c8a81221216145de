/* The scratch memory of one thread, and how it encodes a column chunk and a row group. */
#ifndef PARQUET_ENCODER_H
#define PARQUET_ENCODER_H

#include "chunk_plan.h"
#include "codec.h"
#include "file.h"
#include "row_group.h"

struct parquet_encoder {
    struct codec codec;
    struct chunk_planner planner;
    struct buffer gathered;               /* a chunk's values without nulls */
    struct buffer seen;                   /* for extremes_find */
    struct buffer levels;                 /* a page's, as rle_encode takes them */
    struct buffer page, packed;           /* a page before and after compression */
    struct parquet_row_group small_group; /* parquet_write_small's */
    struct parquet_file small_file;
};

/* Appends one column of `rows` rows to `group`. */
void column_chunk_encode(struct parquet_encoder *encoder, const struct parquet_options *options,
                         const struct schema_field *field, const struct parquet_column *column,
                         size_t rows, struct parquet_row_group *group);

#endif
