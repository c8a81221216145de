/* seen: which facts have been stored, in a few bytes each. */
#ifndef SPARKIFY_NATIVE_SEEN_H
#define SPARKIFY_NATIVE_SEEN_H

#include <base.h>

#define SEEN_SHARDS 64

/* Pairs of a key and a content. */
struct seen_pairs {
    struct seen_shard {
        uint32_t *entries; /* three words each: the key's halves, the content; 0: free */
        size_t cap, count;
    } shards[SEEN_SHARDS];
};

/* A set of (id, content) pairs: 96 bits a fact. Two facts that differ have the same 96 bits with a
 * chance of 2^-96: for 20 million facts, 1 in 10^14 runs. */
struct seen {
    struct seen_pairs facts;  /* each id once, with the content that came first */
    struct seen_pairs shared; /* of ids that have several: all contents */
    uint64_t permutation[3];  /* of this process; 0: not drawn yet */
    uint64_t shared_keys;     /* ids that facts of different content share */
    double read_share;        /* of all facts, those that were offered so far; 0: unknown */
};

void seen_release(struct seen *seen);
/* False when the pair is there already. The content is not 0. */
bool seen_add(struct seen *seen, uint64_t id, uint32_t content);
/* Whether the pair is there. */
bool seen_has(const struct seen *seen, uint64_t id, uint32_t content);
/* Brings the place of an id nearer to the processor. */
void seen_prefetch(const struct seen *seen, uint64_t id);

#endif
