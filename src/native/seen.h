/* seen: which plays have been stored, in a few bytes each. */
#ifndef SPARKIFY_NATIVE_SEEN_H
#define SPARKIFY_NATIVE_SEEN_H

#include <base.h>

#define SEEN_SHARDS 64

/* A set of (id, content) pairs: 96 bits a play. Two plays that differ have the same 96 bits with a
 * chance of 2^-96: for 20 million plays, 1 in 10^14 runs. */
struct seen {
    struct seen_shard {
        uint32_t *entries; /* three words each: the id's halves, the content */
        size_t cap, count;
    } shards[SEEN_SHARDS];
    bool has_zero;        /* the pair (0, 0), which stands for a free entry */
    uint64_t shared_keys; /* ids that plays of different content share */
};

void seen_release(struct seen *seen);
/* False when the pair is there already. */
bool seen_add(struct seen *seen, uint64_t id, uint32_t content);
/* Whether the pair is there. */
bool seen_has(const struct seen *seen, uint64_t id, uint32_t content);
/* Brings the place of an id nearer to the processor. */
void seen_prefetch(const struct seen *seen, uint64_t id);

#endif
