/* The least and the greatest of a page's or a column chunk's values, and the bounds that the
 * statistics and the column index say about them (parquet.thrift, Statistics and ColumnOrder). */
#ifndef PARQUET_STATISTICS_H
#define PARQUET_STATISTICS_H

#include "values.h"

/* What the values are; strings are borrowed. NaNs are counted and otherwise left out. */
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

/* What is written of them: PLAIN without a string's length, long strings shortened. */
#define BOUND_BYTES PARQUET_BOUND_BYTES

struct bound {
    bool set;   /* or there is none: no value, or no short one */
    bool exact; /* it is a value of the column */
    uint8_t len;
    char bytes[BOUND_BYTES];
};

struct statistics {
    size_t values, nulls; /* those that are no nulls, and those that are */
    size_t nans;
    struct bound min, max;
};

/* Of values `start` … `start + count - 1`. `seen` is for strings that repeat: one entry for each
 * string, each less than `mark` when called, or NULL: strings seen twice are looked at once. */
struct extremes extremes_find(const struct values *values, size_t start, size_t count,
                              uint32_t *seen, uint32_t mark);
void extremes_merge(enum parquet_type type, struct extremes *into, const struct extremes *other);
struct statistics statistics_make(enum parquet_type type, const struct extremes *extremes,
                                  size_t values, size_t nulls);

/* Widens `into` by `other`. */
void statistics_merge(enum parquet_type type, struct statistics *into,
                      const struct statistics *other);
/* The same as numbers and text. */
void statistics_export(enum parquet_type type, const struct statistics *statistics,
                       struct parquet_statistics *out);

/* Compares two bounds in the type's order: less than, equal to or greater than 0. */
int bound_compare(enum parquet_type type, const struct bound *a, const struct bound *b);

static inline struct str bound_str(const struct bound *bound)
{
    return (struct str){bound->bytes, bound->len};
}

/* The two ways to shorten a string to a bound; a string that fits is its own bound. */
struct bound bound_lower(struct str value);
struct bound bound_upper(struct str value);

#endif
