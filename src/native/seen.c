/* An open-addressing set in shards, so that growing one moves a 64th of it. An entry's home grows
 * with its id (id * cap / 2^58 within the shard), so that growing reads and writes in order. */
#include "seen.h"

#define FIRST_CAP 64

static const struct seen_shard *shard_of(const struct seen *seen, uint64_t id)
{
    return &seen->shards[id >> 58];
}

static size_t home_of(const struct seen_shard *shard, uint64_t id)
{
    return (size_t)(((unsigned __int128)(id << 6) * shard->cap) >> 64);
}

static uint64_t entry_id(const uint32_t *entry)
{
    return (uint64_t)entry[0] << 32 | entry[1];
}

static bool entry_is_free(const uint32_t *entry)
{
    return (entry[0] | entry[1] | entry[2]) == 0;
}

static void entry_set(uint32_t *entry, uint64_t id, uint32_t content)
{
    entry[0] = (uint32_t)(id >> 32);
    entry[1] = (uint32_t)id;
    entry[2] = content;
}

static uint32_t *free_entry(struct seen_shard *shard, uint64_t id)
{
    size_t at = home_of(shard, id);
    while (!entry_is_free(&shard->entries[3 * at]))
        at = at + 1 == shard->cap ? 0 : at + 1;
    return &shard->entries[3 * at];
}

/* By a third at a time, to at most 4/5 full: 15 to 20 bytes a play. */
static void grow(struct seen_shard *shard)
{
    struct seen_shard larger = {.cap = shard->cap ? shard->cap + shard->cap / 3 : FIRST_CAP,
                                .count = shard->count};
    /* Not mem_zalloc: its pages would be read first and then written, which costs a fault more, and
     * makes every processor forget the page. */
    larger.entries = mem_alloc(3 * larger.cap * sizeof *larger.entries);
    memset(larger.entries, 0, 3 * larger.cap * sizeof *larger.entries);
    for (size_t i = 0; i < shard->cap; i++) {
        const uint32_t *entry = &shard->entries[3 * i];
        if (!entry_is_free(entry))
            entry_set(free_entry(&larger, entry_id(entry)), entry_id(entry), entry[2]);
    }
    mem_free(shard->entries);
    *shard = larger;
}

void seen_release(struct seen *seen)
{
    for (size_t i = 0; i < SEEN_SHARDS; i++)
        mem_free(seen->shards[i].entries);
    *seen = (struct seen){0};
}

void seen_prefetch(const struct seen *seen, uint64_t id)
{
    const struct seen_shard *shard = shard_of(seen, id);
    if (shard->cap)
        __builtin_prefetch(&shard->entries[3 * home_of(shard, id)]);
}

static bool add_zero(struct seen *seen)
{
    bool is_new = !seen->has_zero;
    seen->has_zero = true;
    return is_new;
}

bool seen_has(const struct seen *seen, uint64_t id, uint32_t content)
{
    const struct seen_shard *shard = shard_of(seen, id);
    if (id == 0 && content == 0)
        return seen->has_zero;
    if (shard->cap == 0)
        return false;
    for (size_t at = home_of(shard, id); !entry_is_free(&shard->entries[3 * at]);
         at = at + 1 == shard->cap ? 0 : at + 1) {
        const uint32_t *entry = &shard->entries[3 * at];
        if (entry_id(entry) == id && entry[2] == content)
            return true;
    }
    return false;
}

bool seen_add(struct seen *seen, uint64_t id, uint32_t content)
{
    struct seen_shard *shard = &seen->shards[id >> 58];
    if (id == 0 && content == 0)
        return add_zero(seen);
    if ((shard->count + 1) * 5 > shard->cap * 4)
        grow(shard);
    size_t at = home_of(shard, id), same_id = 0;
    while (!entry_is_free(&shard->entries[3 * at])) {
        const uint32_t *entry = &shard->entries[3 * at];
        if (entry_id(entry) == id) {
            if (entry[2] == content)
                return false;
            same_id++;
        }
        at = at + 1 == shard->cap ? 0 : at + 1;
    }
    seen->shared_keys += same_id == 1;
    entry_set(&shard->entries[3 * at], id, content);
    shard->count++;
    return true;
}
