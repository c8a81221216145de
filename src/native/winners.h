/* winners: of the rows that agree in the keys of a rule, the first in its order. */
#pragma once

#include "record_rows.h"

struct winners {
    const struct model_winner *rule; /* borrowed */
    uint64_t nulls_last;             /* as row_greatest_first has it */
    const struct rows *rows;         /* borrowed */
    struct index index;
    uint32_t *winners; /* numbers of rows, in the order in which their keys came first */
    size_t count, cap;
};

/* Finds the winners among all rows. */
void winners_init(struct winners *winners, const struct model_winner *rule, uint64_t nulls_last,
                  const struct rows *rows);
void winners_release(struct winners *winners);
/* Marks the rows that have won. */
void winners_mark(const struct winners *winners, bool *out);

/* ---- Look-ups -------------------------------------------------------------------------------- */

/* The table in which facts are looked up: the winners' keys, with the strings of a key next to each
 * other in memory, because facts arrive in any order. */
struct lookup {
    const struct rows *rows; /* borrowed: what is found */
    struct row_layout layout;
    struct rows keys;
    uint32_t *found; /* by the number of the key: the row that wins */
    struct index index;
    /* Some bits for each key, of which that of its hash is set: most hashes of other keys have one
     * that is not. Stays in the cache where the index does not. */
    uint64_t *filter;
    size_t filter_mask; /* the number of bits - 1 */
};

/* Brings what lookup_may_have looks at nearer to the processor. */
static inline void lookup_prefetch(const struct lookup *lookup, uint64_t hash)
{
    if (lookup->filter)
        __builtin_prefetch(&lookup->filter[(hash & lookup->filter_mask) / 64]);
}

/* Whether a key may have the hash, a lookup_hash; false is certain. */
static inline bool lookup_may_have(const struct lookup *lookup, uint64_t hash)
{
    size_t bit = (size_t)hash & lookup->filter_mask;
    return lookup->filter && lookup->filter[bit / 64] >> bit % 64 & 1;
}

void lookup_init(struct lookup *lookup, const struct model_winner *rule, uint64_t nulls_last,
                 const struct rows *rows);
void lookup_release(struct lookup *lookup);

/* A fact's key, by the rule's keys; none is null. */
struct lookup_key {
    union lookup_value {
        struct str string;
        uint64_t bits; /* of an integer or a double */
    } values[MODEL_MAX_KEYS];
    uint64_t hash; /* lookup_hash, of the hash_str of strings, and the row_key_word of numbers */
};
static inline uint64_t lookup_hash(const uint64_t *words, size_t count)
{
    return count == 1 ? words[0] : hash_words(words, count);
}
#define LOOKUP_KEYS 32
/* The number of each key, or INDEX_NONE; for LOOKUP_KEYS keys at most. */
void lookup_find(const struct lookup *lookup, const struct lookup_key *keys, size_t count,
                 uint32_t *out);
/* The winning row of the key with this number. */
static inline const void *lookup_row(const struct lookup *lookup, uint32_t number)
{
    return rows_at(lookup->rows, lookup->found[number]);
}
