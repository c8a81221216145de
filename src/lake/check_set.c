#include "check_private.h"

static bool is_key(const void *ctx, uint32_t record, const void *key)
{
    return ((const struct check_set *)ctx)->keys[record] == *(const uint64_t *)key;
}

bool check_set_has(const struct check_set *set, uint64_t key)
{
    return index_find(&set->index, hash_words(&key, 1), is_key, set, &key) != INDEX_NONE;
}

bool check_set_add(struct check_set *set, uint64_t key)
{
    if (check_set_has(set, key))
        return false;
    index_add(&set->index, hash_words(&key, 1), (uint32_t)set->count);
    *MEM_ADD(set->keys, set->count, set->cap) = key;
    return true;
}

void check_set_release(struct check_set *set)
{
    index_release(&set->index);
    mem_free(set->keys);
    *set = (struct check_set){0};
}
