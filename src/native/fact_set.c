/* An open-addressing set in shards, so that growing one moves a 64th of it. An entry's home grows
 * with its key (key * cap / 2^58 within the shard), so that growing reads and writes in order.
 *
 * Whoever writes events can choose their ids, and give one id to many facts. So a key is the id
 * under a permutation that each process draws at random, and only the first fact of an id has its
 * home by the id; those after it are in a set of their own, each with a home by id and content. */
#include "fact_set.h"

#include <assert.h>

/* Shards begin with different sizes, so that they do not all grow at the same time. */
#define FIRST_CAP 64
/* A shard with fewer entries is small: all together need less than 7 MiB. */
#define SMALL_CAP 8192
/* Entries for each expected fact: the load stays just below 5/6. */
#define FINAL_CAP 1.23

/* ---- Keys ------------------------------------------------------------------------------------ */

static void draw_permutation(struct fact_set *set)
{
    for (uint64_t i = 0; i < 3; i++)
        set->permutation[i] = hash_words(&i, 1) | 1;
}

/* A permutation: multiplication by an odd number, whose upper bits no one can predict, twice. */
static uint64_t permute(const struct fact_set *set, uint64_t value)
{
    uint64_t mixed = (value ^ set->permutation[0]) * set->permutation[1];
    return (mixed ^ mixed >> 32) * set->permutation[2];
}

/* A different permutation of the keys for each content: the keys of different pairs differ. */
static uint64_t pair_key(const struct fact_set *set, uint64_t key, uint32_t content)
{
    return permute(set, key ^ (uint64_t)content << 32 ^ content);
}

/* ---- Pairs ----------------------------------------------------------------------------------- */

static size_t shard_number(uint64_t key)
{
    return (size_t)(key >> 58);
}

static size_t home_of(const struct fact_pairs_shard *shard, uint64_t key)
{
    return (size_t)(((unsigned __int128)(key << 6) * shard->cap) >> 64);
}

static uint64_t entry_key(const uint32_t *entry)
{
    return (uint64_t)entry[0] << 32 | entry[1];
}

static void entry_set(uint32_t *entry, uint64_t key, uint32_t content)
{
    entry[0] = (uint32_t)(key >> 32);
    entry[1] = (uint32_t)key;
    entry[2] = content;
}

#define ANY_CONTENT 0

/* Returns the entry of the pair, or the free entry for it. */
static uint32_t *find(const struct fact_pairs_shard *shard, uint64_t key, uint32_t content)
{
    size_t at = home_of(shard, key);
    for (;;) {
        uint32_t *entry = &shard->entries[3 * at];
        bool is_same = entry_key(entry) == key && (content == ANY_CONTENT || entry[2] == content);
        if (entry[2] == 0 || is_same)
            return entry;
        at = at + 1 == shard->cap ? 0 : at + 1;
    }
}

static uint32_t *free_entry(struct fact_pairs_shard *shard, uint64_t key)
{
    size_t at = home_of(shard, key);
    while (shard->entries[3 * at + 2])
        at = at + 1 == shard->cap ? 0 : at + 1;
    return &shard->entries[3 * at];
}

/* The next capacity of a shard. With a known share of the input: the final one if the rest of the
 * input is like what was read, but at least 1.25 times and at most 4 times the current one, since
 * the estimate may be far off. Otherwise twice the current one while the shard is small, then 1.25
 * times. The load is at most 5/6: 14 to 18 bytes a fact. */
static size_t larger_cap(const struct fact_pairs_shard *shard, double read_share)
{
    size_t least = shard->cap + shard->cap / 4, most = shard->cap * 4;
    if (read_share <= 0)
        return shard->cap < SMALL_CAP ? shard->cap * 2 : least;
    double wanted = (double)shard->count / read_share * FINAL_CAP;
    return wanted > (double)most ? most : wanted > (double)least ? (size_t)wanted : least;
}

static void grow(struct fact_pairs_shard *shard, size_t cap)
{
    struct fact_pairs_shard larger = {.cap = cap, .count = shard->count};
    /* Not mem_zalloc: its pages would first be mapped for reading, then copied at the first write,
     * which costs a second page fault and a TLB flush on every processor. */
    larger.entries = mem_alloc(3 * larger.cap * sizeof *larger.entries);
    memset(larger.entries, 0, 3 * larger.cap * sizeof *larger.entries);
    for (size_t i = 0; i < shard->cap; i++) {
        const uint32_t *entry = &shard->entries[3 * i];
        if (entry[2])
            entry_set(free_entry(&larger, entry_key(entry)), entry_key(entry), entry[2]);
    }
    mem_free(shard->entries);
    *shard = larger;
}

/* Returns the shard of a key, with room for one more pair. */
static struct fact_pairs_shard *roomy_shard(struct fact_pairs *pairs, uint64_t key,
                                            double read_share)
{
    struct fact_pairs_shard *shard = &pairs->shards[shard_number(key)];
    if (shard->cap == 0)
        grow(shard, FIRST_CAP + shard_number(key));
    else if ((shard->count + 1) * 6 > shard->cap * 5)
        grow(shard, larger_cap(shard, read_share));
    return shard;
}

static bool add_pair(struct fact_pairs *pairs, uint64_t key, uint32_t content)
{
    struct fact_pairs_shard *shard = roomy_shard(pairs, key, 0);
    uint32_t *entry = find(shard, key, content);
    if (entry[2])
        return false;
    entry_set(entry, key, content);
    shard->count++;
    return true;
}

static void pairs_release(struct fact_pairs *pairs)
{
    for (size_t i = 0; i < FACT_SET_SHARDS; i++)
        mem_free(pairs->shards[i].entries);
}

/* ---- The set --------------------------------------------------------------------------------- */

void fact_set_release(struct fact_set *set)
{
    pairs_release(&set->facts);
    pairs_release(&set->shared);
    *set = (struct fact_set){0};
}

void fact_set_prefetch(const struct fact_set *set, uint64_t id)
{
    uint64_t key = permute(set, id);
    const struct fact_pairs_shard *shard = &set->facts.shards[shard_number(key)];
    if (shard->cap)
        __builtin_prefetch(&shard->entries[3 * home_of(shard, key)]);
}

/* Adds another content to an id that is there with the content `first`. */
static bool add_shared(struct fact_set *set, uint64_t key, uint32_t first, uint32_t content)
{
    set->shared_keys += add_pair(&set->shared, pair_key(set, key, first), first);
    return add_pair(&set->shared, pair_key(set, key, content), content);
}

static bool has_pair(const struct fact_pairs *pairs, uint64_t key, uint32_t content)
{
    const struct fact_pairs_shard *shard = &pairs->shards[shard_number(key)];
    return shard->cap && find(shard, key, content)[2];
}

bool fact_set_has(const struct fact_set *set, uint64_t id, uint32_t content)
{
    uint64_t key = permute(set, id);
    return has_pair(&set->facts, key, content) ||
           has_pair(&set->shared, pair_key(set, key, content), content);
}

bool fact_set_add(struct fact_set *set, uint64_t id, uint32_t content)
{
    assert(content);
    if (!set->permutation[0])
        draw_permutation(set);
    uint64_t key = permute(set, id);
    struct fact_pairs_shard *shard = roomy_shard(&set->facts, key, set->read_share);
    uint32_t *entry = find(shard, key, ANY_CONTENT);
    if (entry[2])
        return entry[2] != content && add_shared(set, key, entry[2], content);
    entry_set(entry, key, content);
    shard->count++;
    return true;
}
