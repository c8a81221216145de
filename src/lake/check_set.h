/* check_set: a set of 64-bit keys: hashes of strings, or times. */
#pragma once

#include <base.h>

struct check_set {
    uint64_t *slots; /* open addressing; 0: free */
    size_t cap, count;
    bool has_zero; /* the key 0, which has no slot */
};
/* False when the key is in the set already. */
bool check_set_add(struct check_set *set, uint64_t key);
bool check_set_has(const struct check_set *set, uint64_t key);
void check_set_release(struct check_set *set);
