/* The encoding of a column chunk, and its dictionary. */
#pragma once

#include "encodings.h"
#include "number_dictionary.h"
#include "values.h"

struct chunk_plan {
    enum encoding encoding; /* of the values in the data pages */
    /* Only for RLE_DICTIONARY: */
    const uint32_t *codes; /* of each value: its entry in the dictionary page */
    size_t entries;
    unsigned width;                  /* bits of a code */
    const struct buffer *dictionary; /* the dictionary page: the entries in PLAIN */
};

/* The memory in which plans are made. */
struct chunk_planner {
    struct dictionary strings;
    struct number_dictionary numbers;
    struct buffer codes, uses, order, dictionary;
};

void chunk_planner_release(struct chunk_planner *planner);
/* Chooses the encoding of `values`. The plan is valid until the next call. If a dictionary is made
 * for strings without one, *values is changed to refer to it; the strings stay the same. A
 * dictionary page has at most `dictionary_bytes`. */
struct chunk_plan chunk_plan_make(struct chunk_planner *planner, struct values *values,
                                  size_t dictionary_bytes);
