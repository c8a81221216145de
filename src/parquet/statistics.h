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

/* Returns the extremes of the values `start` … `start + count - 1`. `seen` is NULL, or has an entry
 * less than `mark` for each string of `values`: a string that repeats is then compared once. */
struct extremes extremes_find(const struct values *values, size_t start, size_t count,
                              uint32_t *seen, uint32_t mark);
/* Widens *into by *other. */
void extremes_merge(enum parquet_type type, struct extremes *into, const struct extremes *other);
/* Returns the statistics of `values` values with these extremes, and of `nulls` nulls. The bounds
 * are those of the values that are not NaN, if there are any. */
struct parquet_statistics statistics_make(enum parquet_type type, const struct extremes *extremes,
                                          size_t values, size_t nulls);
/* Widens *into by *other. */
void statistics_merge(enum parquet_type type, struct parquet_statistics *into,
                      const struct parquet_statistics *other);

/* Compares two bounds in the type's order; returns less than 0, 0 or more than 0. */
int bound_compare(enum parquet_type type, const struct parquet_bound *a,
                  const struct parquet_bound *b);
/* Return a string as a lower or upper bound; a long string is shortened. */
struct parquet_bound bound_lower(struct str value);
struct parquet_bound bound_upper(struct str value);

/* The bytes of a bound in PLAIN; 0 for those of a string, which has no length before it. */
static inline size_t bound_width(enum parquet_type type)
{
    return type == PARQUET_BOOLEAN ? 1 : values_width(type);
}

/* Returns a bound as it is written: in PLAIN, without the length of a string; empty if there is
 * none. The first bytes of a little-endian integer are the narrower integer. */
static inline struct str bound_plain(enum parquet_type type, const struct parquet_bound *bound)
{
    if (!bound->is_set)
        return STR("");
    if (type == PARQUET_STRING)
        return (struct str){bound->string.bytes, bound->string.len};
    return (struct str){(const char *)&bound->int64, bound_width(type)};
}
