/* fact_set: the set of facts that have been stored, in a few bytes each. */
#pragma once

#include <base.h>

#define FACT_SET_SHARDS 64

/* A set of pairs of a key and a content, in shards. */
struct fact_pairs {
    struct fact_pairs_shard {
        uint32_t *entries; /* three words each: the key's halves, the content; content 0: free */
        size_t cap, count;
    } shards[FACT_SET_SHARDS];
};

/* A set of (id, content) pairs: 96 bits a fact. Two facts that differ have the same 96 bits with a
 * chance of 2^-96: for 20 million facts, 1 in 10^14 runs. */
struct fact_set {
    struct fact_pairs facts;  /* each id once, with its first content */
    struct fact_pairs shared; /* all contents of the ids that have several */
    uint64_t permutation[3];  /* random, of this process; 0: not drawn yet */
    uint64_t shared_keys;     /* number of ids with more than one content */
    double read_share; /* the share of all facts that was offered so far, which bounds growth */
};

void fact_set_release(struct fact_set *set);
/* Adds the pair; false when it is there already. `content` is not 0. */
bool fact_set_add(struct fact_set *set, uint64_t id, uint32_t content);
/* Whether the set contains the pair. */
bool fact_set_has(const struct fact_set *set, uint64_t id, uint32_t content);
/* Prefetches the entry of an id into the processor's cache. */
void fact_set_prefetch(const struct fact_set *set, uint64_t id);
