#include "check_set.h"

static size_t slot_of(const struct check_set *set, uint64_t key)
{
    size_t at = (size_t)hash_words(&key, 1) & (set->cap - 1);
    while (set->slots[at] && set->slots[at] != key)
        at = (at + 1) & (set->cap - 1);
    return at;
}

static void grow(struct check_set *set)
{
    struct check_set larger = {.cap = set->cap ? set->cap * 2 : 1024, .count = set->count};
    larger.slots = mem_zalloc(larger.cap * sizeof *larger.slots);
    for (size_t i = 0; i < set->cap; i++)
        if (set->slots[i])
            larger.slots[slot_of(&larger, set->slots[i])] = set->slots[i];
    larger.has_zero = set->has_zero;
    mem_free(set->slots);
    *set = larger;
}

bool check_set_add(struct check_set *set, uint64_t key)
{
    if (key == 0) {
        bool is_new = !set->has_zero;
        set->has_zero = true;
        return is_new;
    }
    if (set->count * 2 >= set->cap)
        grow(set);
    size_t at = slot_of(set, key);
    if (set->slots[at])
        return false;
    set->slots[at] = key;
    set->count++;
    return true;
}

bool check_set_has(const struct check_set *set, uint64_t key)
{
    if (key == 0)
        return set->has_zero;
    return set->cap && set->slots[slot_of(set, key)];
}

void check_set_release(struct check_set *set)
{
    mem_free(set->slots);
    *set = (struct check_set){0};
}
