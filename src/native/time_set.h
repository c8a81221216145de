/* time_set: a set of 32-bit numbers that come mostly in ascending order, a few bytes each. */
#pragma once

#include <base.h>

/* Blocks of 65,536 numbers that share their upper half, in the order in which they came first. */
struct time_set {
    struct time_block {
        union {
            uint16_t *values; /* sorted lower halves, while they are few */
            uint64_t *bits;   /* one for each lower half */
        };
        uint32_t count;
        uint16_t upper;
        bool has_bits;
    } *blocks;
    size_t block_count, block_cap, last; /* last: where the number before was */
    uint16_t *block_numbers;             /* by upper half, once there are some blocks */
};

void time_set_release(struct time_set *set);
/* Adds a number that may be there already. */
void time_set_add(struct time_set *set, uint32_t number);
/* Sorts the blocks, once all numbers have been added; the functions below need it. */
void time_set_sort(struct time_set *set);
/* How many numbers the set has. */
uint64_t time_set_count(const struct time_set *set);
/* Removes the numbers that are in `other`; both sets are sorted. */
void time_set_subtract(struct time_set *set, const struct time_set *other);
/* The numbers from the `skip`-th on, ascending, at most `limit`; returns how many. */
size_t time_set_list(const struct time_set *set, uint64_t skip, size_t limit, uint32_t *out);
