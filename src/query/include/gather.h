/* gather: rows of many batches in columns, for formats that write large groups of rows. */
#pragma once

#include <query.h>

struct gathered_column {
    struct buffer validity; /* bits */
    struct buffer values;   /* int64_t or double, or uint32_t offsets: rows + 1 of them */
    struct buffer bytes;    /* of strings */
    size_t nulls;
};

struct gather {
    struct gathered_column *columns;
    size_t rows;
};

void gather_init(struct gather *gather, size_t columns);
void gather_release(struct gather *gather, size_t columns);
void gather_reset(struct gather *gather, size_t columns);
void gather_add(struct gather *gather, const struct query_column *columns, size_t count,
                const struct query_batch *batch);
/* Writes the values of a column as files have them into `out`, which is emptied first: bits of
 * bools, int32_t days of dates, doubles of decimal numbers. False for the other types, whose values
 * are in that form already. */
bool gather_convert(const struct gathered_column *column, enum query_type type, size_t rows,
                    struct buffer *out);
/* Bytes of the strings of all columns. */
size_t gather_string_bytes(const struct gather *gather, size_t columns);
