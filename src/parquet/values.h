/* The values of a column that are not null, without gaps, as the input of the encodings. */
#pragma once

#include <base.h>
#include <parquet.h>

struct values {
    enum parquet_type type;
    size_t count;
    union {
        const uint8_t *bits;   /* BOOLEAN */
        const int32_t *int32s; /* INT32 */
        const int64_t *int64s; /* INT64, TIMESTAMP */
        const double *doubles; /* DOUBLE */
        const uint32_t *codes; /* STRING: value i is string codes[i], or i where this is NULL */
    };
    const uint32_t *offsets; /* STRING: as in struct parquet_column */
    const char *data;
    size_t strings;       /* the number of strings at `offsets` */
    bool dictionary;      /* the strings are distinct */
    bool may_repeat_late; /* as in struct parquet_column */
    const uint32_t *tags; /* the same */
};

/* Returns the values of `column` that are not null: they borrow from it, or, if there are nulls,
 * also from `scratch`, to which they are copied. */
struct values values_gather(enum parquet_type type, const struct parquet_column *column,
                            size_t rows, size_t nulls, struct buffer *scratch);

/* Returns the bytes of a value in memory and in PLAIN; 0 for BOOLEAN and STRING. */
size_t values_width(enum parquet_type type);
/* Returns the number of parquet.thrift, Type. */
int32_t values_physical_type(enum parquet_type type);

static inline struct str values_entry(const struct values *values, size_t string)
{
    uint32_t start = values->offsets[string];
    return (struct str){values->data + start, values->offsets[string + 1] - start};
}

static inline struct str values_string(const struct values *values, size_t i)
{
    return values_entry(values, values->codes == NULL ? i : values->codes[i]);
}

/* Appends the values `start` … `start + count - 1` in PLAIN (Encodings.md, "Plain"). */
void plain_encode(struct buffer *out, const struct values *values, size_t start, size_t count);
