/* gather: rows of many batches in columns, with the values as files and Arrow's arrays have them.
 */
#pragma once

#include <query.h>

struct gathered_column {
    struct buffer validity; /* bits, of all rows once there is a null; else empty */
    struct buffer values;   /* bits, values, or uint32_t offsets: rows + 1 of them */
    struct buffer bytes;    /* of strings */
    size_t rows, nulls;
};
void gather_column_release(struct gathered_column *column);

/* Appends `rows` values of `width` bytes; `validity` has a bit for each row from bit 0 on, or is
 * NULL. */
void gather_append_fixed(struct gathered_column *column, const void *values, size_t width,
                         const uint8_t *validity, size_t rows);
/* Appends a string, or a null for STR_NULL. */
void gather_append_string(struct gathered_column *column, struct str value);
void gather_append_bit(struct gathered_column *column, bool value, bool is_null);
/* Appends a column of a batch: bools are bits, dates int32_t, decimal numbers doubles. */
void gather_append_vector(struct gathered_column *column, const struct query_vector *vector,
                          enum query_type type, size_t rows);
/* The bits of a column that has nulls, else NULL. */
static inline const void *gather_validity(const struct gathered_column *column)
{
    return column->nulls ? column->validity.data : NULL;
}

struct gather {
    struct gathered_column *columns;
    size_t count, rows;
};
void gather_init(struct gather *gather, size_t columns);
void gather_release(struct gather *gather);
void gather_reset(struct gather *gather);
void gather_add(struct gather *gather, const struct query_column *columns,
                const struct query_batch *batch);
/* Bytes of the strings of all columns. */
size_t gather_string_bytes(const struct gather *gather);
