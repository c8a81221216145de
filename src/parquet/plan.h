/* Which encoding a column chunk gets, and its dictionary if it gets one. */
#ifndef PARQUET_PLAN_H
#define PARQUET_PLAN_H

#include "encodings.h"
#include "numbers.h"
#include "values.h"

struct plan {
    enum encoding encoding; /* of the data pages' values */
    /* With RLE_DICTIONARY: */
    const uint32_t *codes; /* one for each value, into the dictionary page */
    size_t entries;
    unsigned width;                  /* bits of a code */
    const struct buffer *dictionary; /* the dictionary page: entries in PLAIN */
};

struct planner {
    struct dictionary strings;
    struct numbers numbers;
    struct buffer codes, uses, order, dictionary;
};

void planner_release(struct planner *planner);
/* What it returns is valid until the next call. Strings for which a dictionary is made are pointed
 * into it: `values` changes, the strings do not. */
struct plan plan_make(struct planner *planner, struct values *values, size_t dictionary_bytes);

#endif
