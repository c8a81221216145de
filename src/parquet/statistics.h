/* The least and greatest values of a page or a column chunk, and the bounds of them that are
 * written into statistics and column indexes (parquet.thrift, Statistics and ColumnOrder). */
#pragma once

#include "values.h"

/* The least and greatest of some values; strings are borrowed. NaNs are counted and skipped. */
struct extremes {
    bool any;
    size_t nans;
    union {
        struct {
            int64_t min, max;
        } ints; /* BOOLEAN, INT32, INT64, TIMESTAMP */
        struct {
            double min, max;
        } doubles;
        struct {
            struct str min, max;
        } strings;
    };
};

#define BOUND_BYTES PARQUET_BOUND_BYTES

/* A bound as it is written: in PLAIN, without the length of a string; long strings are shortened.
 */
struct bound {
    bool set;   /* false: there is no value, or no bound this short */
    bool exact; /* the bound is a value of the column */
    uint8_t len;
    char bytes[BOUND_BYTES];
};

struct statistics {
    size_t values, nulls; /* slots with a value, and without */
    size_t nans;
    struct bound min, max;
};

/* Returns the extremes of the values `start` … `start + count - 1`. `seen` is NULL, or has an entry
 * less than `mark` for each string of `values`: a string that repeats is then compared once. */
struct extremes extremes_find(const struct values *values, size_t start, size_t count,
                              uint32_t *seen, uint32_t mark);
/* Widens *into by *other. */
void extremes_merge(enum parquet_type type, struct extremes *into, const struct extremes *other);
/* Returns the statistics of `values` values with these extremes, and of `nulls` nulls. */
struct statistics statistics_make(enum parquet_type type, const struct extremes *extremes,
                                  size_t values, size_t nulls);

/* Widens *into by *other. */
void statistics_merge(enum parquet_type type, struct statistics *into,
                      const struct statistics *other);
/* Converts the statistics to those of the public header. */
void statistics_export(enum parquet_type type, const struct statistics *statistics,
                       struct parquet_statistics *out);

/* Compares two bounds in the type's order; returns less than 0, 0 or more than 0. */
int bound_compare(enum parquet_type type, const struct bound *a, const struct bound *b);

static inline struct str bound_str(const struct bound *bound)
{
    return (struct str){bound->bytes, bound->len};
}

/* Return a string as a lower or upper bound; a string longer than BOUND_BYTES is shortened. */
struct bound bound_lower(struct str value);
struct bound bound_upper(struct str value);
