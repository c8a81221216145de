/* Spark's xxhash64, chained over the columns: each hash is the seed of the next. */
#include <spark_hash.h>

#include <assert.h>

#define XXH_INLINE_ALL
#define XXH_FORCE_MEMORY_ACCESS 1 /* as in base/hash.c */
#include <xxhash.h>

uint64_t spark_hash_string(uint64_t seed, struct str value)
{
    assert(value.data);
    return XXH64(value.data, value.len, seed);
}

/* XXH64 of a single word, as its specification has it: without the steps for longer input. */
#define PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3 UINT64_C(0x165667B19E3779F9)
#define PRIME_4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME_5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotated(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static uint64_t avalanche(uint64_t hash)
{
    hash = (hash ^ hash >> 33) * PRIME_2;
    hash = (hash ^ hash >> 29) * PRIME_3;
    return hash ^ hash >> 32;
}

/* An int is hashed as its four bytes, least significant first. */
uint64_t spark_hash_int32(uint64_t seed, int32_t value)
{
    uint64_t hash = (seed + PRIME_5 + sizeof value) ^ (uint32_t)value * PRIME_1;
    return avalanche(rotated(hash, 23) * PRIME_2 + PRIME_3);
}

/* A bigint as its eight bytes. */
uint64_t spark_hash_int64(uint64_t seed, int64_t value)
{
    uint64_t word = rotated((uint64_t)value * PRIME_2, 31) * PRIME_1;
    uint64_t hash = (seed + PRIME_5 + sizeof value) ^ word;
    return avalanche(rotated(hash, 27) * PRIME_1 + PRIME_4);
}
