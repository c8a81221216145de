/* Hashing: an index over numbered records, and dictionaries of distinct strings.
 *
 * Input can be made to collide in a hash that is known, which would make each lookup scan the whole
 * index. So indexes use hash_str, whose key each process draws at random. Hashes that are stored
 * must be the same in every process: they are of hash_stored. */
#include <base.h>

#include <sys/auxv.h>

#define XXH_INLINE_ALL
#define XXH_FORCE_MEMORY_ACCESS                                                                    \
    1 /* else it calls memcpy, which _FORTIFY_SOURCE makes a function call */
#include <xxhash.h>

/* The key of hash_str and hash_words: set before main, never changed after it but by tests. */
static _Alignas(64) unsigned char hash_key[XXH3_SECRET_DEFAULT_SIZE];

void hash_set_key(uint64_t seed)
{
    for (size_t i = 0; i < sizeof hash_key; i += sizeof seed) {
        uint64_t word = hash_mix(seed, i + 1);
        memcpy(hash_key + i, &word, sizeof word);
    }
}

/* Early in the boot of a machine there may be no random bytes yet: then the key is derived from
 * the 16 bytes that the kernel gives each process (AT_RANDOM) and the time. */
__attribute__((constructor)) static void draw_key(void)
{
    uint64_t random[2] = {0};
    const void *given = (const void *)(uintptr_t)getauxval(AT_RANDOM);
    if (random_bytes(hash_key, sizeof hash_key, false))
        return;
    if (given)
        memcpy(random, given, sizeof random);
    hash_set_key(hash_mix(hash_mix(random[0], random[1]), clock_ns()));
}

uint64_t hash_str(struct str s)
{
    return s.data ? XXH3_64bits_withSecret(s.data, s.len, hash_key, sizeof hash_key)
                  : 0x6E756C6C6E756C6Cu;
}

uint64_t hash_words(const uint64_t *words, size_t count)
{
    return XXH3_64bits_withSecret(words, count * sizeof *words, hash_key, sizeof hash_key);
}

uint64_t hash_stored(struct str bytes)
{
    return XXH3_64bits(bytes.data, bytes.len);
}

struct hasher *hasher_new(void)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state)
        mem_exhausted();
    XXH3_64bits_reset(state);
    return (struct hasher *)state;
}

void hasher_free(struct hasher *hasher)
{
    XXH3_freeState((XXH3_state_t *)hasher);
}

void hasher_add(struct hasher *hasher, struct str bytes)
{
    XXH3_64bits_update((XXH3_state_t *)hasher, bytes.data, bytes.len);
}

uint64_t hasher_value(const struct hasher *hasher)
{
    return XXH3_64bits_digest((const XXH3_state_t *)hasher);
}

/* A slot keeps the upper half of its record's hash, which also chooses the home slot: so the
 * index can grow without the caller's hashes. */
static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

void index_release(struct index *index)
{
    mem_free(index->slots);
    *index = (struct index){0};
}

void index_reset(struct index *index)
{
    if (index->count)
        memset(index->slots, 0, index->cap * sizeof *index->slots);
    index->count = 0;
}

uint32_t index_find(const struct index *index, uint64_t hash, index_equal_fn *equal,
                    const void *ctx, const void *key)
{
    if (index->count == 0)
        return INDEX_NONE;
    size_t mask = index->cap - 1;
    uint32_t tag = tag_of(hash);
    for (size_t i = tag & mask; index->slots[i].record; i = (i + 1) & mask)
        if (index->slots[i].tag == tag && equal(ctx, index->slots[i].record - 1, key))
            return index->slots[i].record - 1;
    return INDEX_NONE;
}

static void insert(struct index *index, struct index_slot slot)
{
    size_t mask = index->cap - 1, i = slot.tag & mask;
    while (index->slots[i].record)
        i = (i + 1) & mask;
    index->slots[i] = slot;
}

static void grow(struct index *index)
{
    struct index larger = {.cap = index->cap ? index->cap * 2 : 16, .count = index->count};
    larger.slots = mem_zalloc(larger.cap * sizeof *larger.slots);
    for (size_t i = 0; i < index->cap; i++)
        if (index->slots[i].record)
            insert(&larger, index->slots[i]);
    index_release(index);
    *index = larger;
}

void index_add(struct index *index, uint64_t hash, uint32_t record)
{
    if (record >= INDEX_NONE)
        mem_exhausted();
    if (index->count * 2 >= index->cap)
        grow(index);
    insert(index, (struct index_slot){tag_of(hash), record + 1});
    index->count++;
}

void index_renumber(struct index *index, uint64_t hash, uint32_t record, uint32_t number)
{
    size_t mask = index->cap - 1, i = tag_of(hash) & mask;
    if (number >= INDEX_NONE)
        mem_exhausted();
    while (index->slots[i].record != record + 1)
        i = (i + 1) & mask;
    index->slots[i].record = number + 1;
}

void dictionary_release(struct dictionary *dictionary)
{
    index_release(&dictionary->index);
    mem_free(dictionary->offsets);
    buffer_release(&dictionary->data);
    *dictionary = (struct dictionary){0};
}

void dictionary_reset(struct dictionary *dictionary)
{
    index_reset(&dictionary->index);
    buffer_reset(&dictionary->data);
    dictionary->count = 0;
}

static bool value_equal(const void *ctx, uint32_t code, const void *key)
{
    const struct str *wanted = key;
    struct str value = dictionary_value(ctx, code);
    return value.len == wanted->len && bytes_equal(value.data, wanted->data, value.len);
}

static void reserve_value(struct dictionary *dictionary)
{
    if (dictionary->count + 2 <= dictionary->cap)
        return;
    size_t cap = dictionary->cap ? dictionary->cap * 2 : 16;
    dictionary->offsets = mem_realloc(dictionary->offsets, cap * sizeof *dictionary->offsets);
    dictionary->cap = cap;
}

uint32_t dictionary_find(const struct dictionary *dictionary, struct str value, uint64_t hash)
{
    return index_find(&dictionary->index, hash, value_equal, dictionary, &value);
}

uint32_t dictionary_append(struct dictionary *dictionary, struct str value)
{
    if (dictionary->data.len + value.len > UINT32_MAX)
        mem_exhausted();
    reserve_value(dictionary);
    uint32_t code = (uint32_t)dictionary->count++;
    buffer_reserve(&dictionary->data, value.len);
    dictionary->offsets[code] = (uint32_t)dictionary->data.len;
    buffer_append_str(&dictionary->data, value);
    dictionary->offsets[code + 1] = (uint32_t)dictionary->data.len;
    return code;
}

uint32_t dictionary_add(struct dictionary *dictionary, struct str value, uint64_t hash)
{
    uint32_t code = dictionary_find(dictionary, value, hash);
    if (code != INDEX_NONE)
        return code;
    code = dictionary_append(dictionary, value);
    index_add(&dictionary->index, hash, code);
    return code;
}
