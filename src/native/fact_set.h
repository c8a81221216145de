/* fact_set: the set of facts that have been stored, in a few bytes each. */
#pragma once

#include <base.h>

/* A set of pairs of a key and a content, in shards. */
struct fact_pairs {
    struct fact_pairs_shard {
        uint32_t *entries; /* three words each: the key's halves, the content; content 0: free */
        uint32_t cap, count;
    } *shards; /* made with the first pair */
    size_t count;
    size_t used; /* shards with entries */
};

/* A set of (id, content) pairs: 96 bits a fact. Two facts that differ have the same 96 bits with a
 * chance of 2^-96: for 20 million facts, 1 in 10^14 runs. */
struct fact_set {
    struct fact_pairs facts;  /* each id once, with its first content */
    struct fact_pairs shared; /* all contents of the ids that have several */
    uint64_t permutation[3];  /* random, of this process; 0: not drawn yet */
    uint64_t shared_keys;     /* number of ids with more than one content */
    double read_share;   /* the share of all facts that was offered so far, which bounds growth */
    unsigned time_shift; /* facts of one id have one time: those of 2^time_shift units of it lie
                          * together. 0: they have not */
};

void fact_set_release(struct fact_set *set);
/* Adds the pair, of a fact of this time; false when it is there already. `content` is not 0. */
bool fact_set_add(struct fact_set *set, uint64_t id, int64_t time, uint32_t content);
/* The same for `count` facts, one after the other: sets is_new for each. */
void fact_set_add_rows(struct fact_set *set, const int64_t *ids, const int64_t *times,
                       const uint32_t *contents, size_t count, bool *is_new);
/* Whether the set contains the pair. */
bool fact_set_has(const struct fact_set *set, uint64_t id, int64_t time, uint32_t content);
