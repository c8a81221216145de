/* fact_set: which facts have been stored, in a few bytes each. */
#ifndef SPARKIFY_NATIVE_FACT_SET_H
#define SPARKIFY_NATIVE_FACT_SET_H

#include <base.h>

#define FACT_SET_SHARDS 64

/* Pairs of a key and a content. */
struct fact_pairs {
    struct fact_pairs_shard {
        uint32_t *entries; /* three words each: the key's halves, the content; 0: free */
        size_t cap, count;
    } shards[FACT_SET_SHARDS];
};

/* A set of (id, content) pairs: 96 bits a fact. Two facts that differ have the same 96 bits with a
 * chance of 2^-96: for 20 million facts, 1 in 10^14 runs. */
struct fact_set {
    struct fact_pairs facts;  /* each id once, with the content that came first */
    struct fact_pairs shared; /* of ids that have several: all contents */
    uint64_t permutation[3];  /* of this process; 0: not drawn yet */
    uint64_t shared_keys;     /* ids that facts of different content share */
    double read_share;        /* of all facts, those that were offered so far; 0: unknown */
};

void fact_set_release(struct fact_set *set);
/* False when the pair is there already. The content is not 0. */
bool fact_set_add(struct fact_set *set, uint64_t id, uint32_t content);
/* Whether the pair is there. */
bool fact_set_has(const struct fact_set *set, uint64_t id, uint32_t content);
/* Brings the place of an id nearer to the processor. */
void fact_set_prefetch(const struct fact_set *set, uint64_t id);

#endif
