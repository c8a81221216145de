/* Which encoding a column chunk gets, and its dictionary if it gets one. */
#ifndef PARQUET_CHUNK_PLAN_H
#define PARQUET_CHUNK_PLAN_H

#include "encodings.h"
#include "number_dictionary.h"
#include "values.h"

struct chunk_plan {
    enum encoding encoding; /* of the data pages' values */
    /* With RLE_DICTIONARY: */
    const uint32_t *codes; /* one for each value, into the dictionary page */
    size_t entries;
    unsigned width;                  /* bits of a code */
    const struct buffer *dictionary; /* the dictionary page: entries in PLAIN */
};

struct chunk_planner {
    struct dictionary strings;
    struct number_dictionary numbers;
    struct buffer codes, uses, order, dictionary;
};

void chunk_planner_release(struct chunk_planner *planner);
/* What it returns is valid until the next call. Strings for which a dictionary is made are pointed
 * into it: `values` changes, the strings do not. */
struct chunk_plan chunk_plan_make(struct chunk_planner *planner, struct values *values,
                                  size_t dictionary_bytes);

#endif
