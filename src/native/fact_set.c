/* An open-addressing set in shards, so that growing one moves a small part of it. An entry's home
 * grows with its key within the shard, so that growing reads and writes in order.
 *
 * Events mostly come in the order of their times. Where the time is a part of the id, so that facts
 * of one id have one time, a shard has the facts of some stretches of time: only a few shards are
 * in use at a time, and they stay in the processor's cache.
 *
 * Whoever writes events can choose their ids, and give one id to many facts. So a key is the id
 * under a permutation that each process draws at random, and only the first fact of an id has its
 * home by the id; those after it are in a set of their own, each with a home by id and content. */
#include "fact_set.h"

#include <assert.h>

#define SHARD_BITS 11
#define SHARDS     ((size_t)1 << SHARD_BITS)
/* Of a stretch of time: one key, or all facts of one time, are still in several. */
#define STRETCH_BITS 3
#define FIRST_CAP    16
/* Rows whose entries are prefetched at once. */
#define BLOCK_ROWS 64
/* So many facts tell how many there will be. */
#define ENOUGH_FACTS 65536
/* A shard with fewer entries is small: all together need less than 7 MiB. */
#define SMALL_CAP 256
/* A medium one: as many need 120 MiB. */
#define MEDIUM_CAP 5000
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

static size_t shard_number(const struct fact_set *set, uint64_t key, int64_t time)
{
    if (!set->time_shift)
        return (size_t)(key >> (64 - SHARD_BITS));
    size_t stretch = (size_t)time >> set->time_shift;
    return (stretch << STRETCH_BITS | (size_t)(key >> (64 - STRETCH_BITS))) % SHARDS;
}

static size_t home_of(const struct fact_pairs_shard *shard, uint64_t key)
{
    return (size_t)(((unsigned __int128)(key << SHARD_BITS) * shard->cap) >> 64);
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

/* The capacity that all shards need if the rest of the input is like the share that was read. */
static double final_cap(const struct fact_pairs *pairs, double read_share)
{
    return (double)pairs->count / read_share / (double)SHARDS * FINAL_CAP;
}

/* The first capacity of a shard: the last one, where enough was read to tell it; small shards
 * differ more from one another, so they get a quarter more. But at most 4 times what the others
 * hold: there may be few facts in the rest of the input. */
static size_t first_cap(const struct fact_pairs *pairs, double read_share)
{
    if (read_share <= 0 || pairs->count < ENOUGH_FACTS)
        return FIRST_CAP;
    double cap = final_cap(pairs, read_share);
    double most = 4 * (double)pairs->count / (double)pairs->used;
    if (cap < MEDIUM_CAP)
        cap *= 1.25;
    if (cap > most)
        cap = most;
    return cap > FIRST_CAP ? (size_t)cap : FIRST_CAP;
}

/* The next capacity of a shard. With a known share of the input: the last one, but at least 1.25
 * times and at most 4 times the current one, since the estimate may be far off. Otherwise twice the
 * current one while the shard is small, then 1.25 times. The load is at most 5/6: 14 to 18 bytes a
 * fact. */
static size_t larger_cap(const struct fact_pairs *pairs, size_t cap, double read_share)
{
    size_t least = cap + cap / 4, most = cap * 4;
    if (read_share <= 0)
        return cap < SMALL_CAP ? cap * 2 : least;
    double wanted = final_cap(pairs, read_share);
    return wanted > (double)most ? most : wanted > (double)least ? (size_t)wanted : least;
}

static void grow(struct fact_pairs_shard *shard, size_t cap)
{
    struct fact_pairs_shard larger = {.cap = (uint32_t)cap, .count = shard->count};
    assert(cap <= UINT32_MAX);
    /* Not mem_zalloc: its pages would first be mapped for reading, then copied at the first write,
     * which costs a second page fault and a TLB flush on every processor. */
    larger.entries = mem_alloc(3 * cap * sizeof *larger.entries);
    memset(larger.entries, 0, 3 * cap * sizeof *larger.entries);
    for (size_t i = 0; i < shard->cap; i++) {
        const uint32_t *entry = &shard->entries[3 * i];
        if (entry[2])
            entry_set(free_entry(&larger, entry_key(entry)), entry_key(entry), entry[2]);
    }
    mem_free(shard->entries);
    *shard = larger;
}

/* Returns a shard, with room for one more pair. */
static struct fact_pairs_shard *roomy_shard(struct fact_pairs *pairs, size_t number,
                                            double read_share)
{
    struct fact_pairs_shard *shard = &pairs->shards[number];
    if (shard->cap == 0) {
        grow(shard, first_cap(pairs, read_share));
        pairs->used++;
    } else if (((size_t)shard->count + 1) * 6 > (size_t)shard->cap * 5)
        grow(shard, larger_cap(pairs, shard->cap, read_share));
    return shard;
}

static void fill(struct fact_pairs *pairs, struct fact_pairs_shard *shard, uint32_t *entry,
                 uint64_t key, uint32_t content)
{
    entry_set(entry, key, content);
    shard->count++;
    pairs->count++;
}

static void make_shards(struct fact_pairs *pairs)
{
    if (!pairs->shards)
        pairs->shards = mem_zalloc(SHARDS * sizeof *pairs->shards);
}

static bool add_pair(struct fact_pairs *pairs, size_t number, uint64_t key, uint32_t content)
{
    make_shards(pairs);
    struct fact_pairs_shard *shard = roomy_shard(pairs, number, 0);
    uint32_t *entry = find(shard, key, content);
    if (entry[2])
        return false;
    fill(pairs, shard, entry, key, content);
    return true;
}

static void pairs_release(struct fact_pairs *pairs)
{
    for (size_t i = 0; pairs->shards && i < SHARDS; i++)
        mem_free(pairs->shards[i].entries);
    mem_free(pairs->shards);
}

/* ---- The set --------------------------------------------------------------------------------- */

void fact_set_release(struct fact_set *set)
{
    pairs_release(&set->facts);
    pairs_release(&set->shared);
    *set = (struct fact_set){0};
}

static bool add_shared_pair(struct fact_set *set, uint64_t key, int64_t time, uint32_t content)
{
    uint64_t pair = pair_key(set, key, content);
    return add_pair(&set->shared, shard_number(set, pair, time), pair, content);
}

/* Adds another content to an id that is there with the content `first`. */
static bool add_shared(struct fact_set *set, uint64_t key, int64_t time, uint32_t first,
                       uint32_t content)
{
    set->shared_keys += add_shared_pair(set, key, time, first);
    return add_shared_pair(set, key, time, content);
}

static bool has_pair(const struct fact_set *set, const struct fact_pairs *pairs, uint64_t key,
                     int64_t time, uint32_t content)
{
    if (!pairs->shards)
        return false;
    const struct fact_pairs_shard *shard = &pairs->shards[shard_number(set, key, time)];
    return shard->cap && find(shard, key, content)[2];
}

bool fact_set_has(const struct fact_set *set, uint64_t id, int64_t time, uint32_t content)
{
    uint64_t key = permute(set, id);
    return has_pair(set, &set->facts, key, time, content) ||
           has_pair(set, &set->shared, pair_key(set, key, content), time, content);
}

static void begin(struct fact_set *set)
{
    if (!set->permutation[0])
        draw_permutation(set);
    make_shards(&set->facts);
}

static bool add(struct fact_set *set, uint64_t key, size_t number, int64_t time, uint32_t content)
{
    assert(content);
    struct fact_pairs_shard *shard = roomy_shard(&set->facts, number, set->read_share);
    uint32_t *entry = find(shard, key, ANY_CONTENT);
    if (entry[2])
        return entry[2] != content && add_shared(set, key, time, entry[2], content);
    fill(&set->facts, shard, entry, key, content);
    return true;
}

bool fact_set_add(struct fact_set *set, uint64_t id, int64_t time, uint32_t content)
{
    begin(set);
    uint64_t key = permute(set, id);
    return add(set, key, shard_number(set, key, time), time, content);
}

/* Sets the row's key, and its shard, whose entry is prefetched. */
static inline void find_home(const struct fact_set *set, uint64_t id, int64_t time, uint64_t *key,
                             uint32_t *number)
{
    *key = permute(set, id);
    *number = (uint32_t)shard_number(set, *key, time);
    const struct fact_pairs_shard *shard = &set->facts.shards[*number];
    __builtin_prefetch(shard->entries + 3 * home_of(shard, *key));
}

void fact_set_add_rows(struct fact_set *set, const int64_t *ids, const int64_t *times,
                       const uint32_t *contents, size_t count, bool *is_new)
{
    uint64_t keys[BLOCK_ROWS];
    uint32_t numbers[BLOCK_ROWS];
    begin(set);
    for (size_t from = 0, to; from < count; from = to) {
        to = count - from < BLOCK_ROWS ? count : from + BLOCK_ROWS;
        for (size_t i = from; i < to; i++)
            find_home(set, (uint64_t)ids[i], times[i], &keys[i - from], &numbers[i - from]);
        for (size_t i = from; i < to; i++)
            is_new[i] = add(set, keys[i - from], numbers[i - from], times[i], contents[i]);
    }
}
