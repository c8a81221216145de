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

/* An int is hashed as its four bytes, least significant first. */
uint64_t spark_hash_int32(uint64_t seed, int32_t value)
{
    unsigned char bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)((uint32_t)value >> (8 * i));
    return XXH64(bytes, sizeof bytes, seed);
}

/* A bigint as its eight bytes. */
uint64_t spark_hash_int64(uint64_t seed, int64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)value >> (8 * i));
    return XXH64(bytes, sizeof bytes, seed);
}
