/* An encoder: the memory of one thread in which it encodes column chunks and row groups. */
#pragma once

#include "chunk_plan.h"
#include "codec.h"
#include "file.h"
#include "row_group.h"

struct parquet_encoder {
    struct codec codec;
    struct chunk_planner planner;
    struct buffer gathered;         /* the values of a column chunk without the nulls */
    struct buffer seen;             /* marks for extremes_find */
    struct buffer levels;           /* the levels of a page, as input of rle_encode */
    struct buffer page, packed;     /* a page before and after compression */
    struct parquet_row_group group; /* encoded last */
    struct parquet_file small_file; /* of parquet_write_small */
};

/* Encodes one column of `rows` rows and appends its column chunk to `group`. */
void column_chunk_encode(struct parquet_encoder *encoder, const struct parquet_options *options,
                         const struct schema_field *field, const struct parquet_column *column,
                         size_t rows, struct parquet_row_group *group);
