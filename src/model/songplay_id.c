/* songplay_id: Spark's xxhash64, chained over the columns: each hash is the seed of the next. */
#include <model.h>

#include <assert.h>

#define XXH_INLINE_ALL
#define XXH_FORCE_MEMORY_ACCESS 1 /* as in base/hash.c */
#include <xxhash.h>

#define SPARK_SEED 42

/* A bigint is hashed as its eight bytes, least significant first. */
static uint64_t chain(uint64_t seed, int64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)value >> (8 * i));
    return XXH64(bytes, sizeof bytes, seed);
}

uint64_t songplay_id_seed(struct str user_id)
{
    assert(user_id.data);
    return XXH64(user_id.data, user_id.len, SPARK_SEED);
}

int64_t songplay_id(uint64_t seed, int64_t session_id, int64_t ts_ms, int64_t item)
{
    return (int64_t)chain(chain(chain(seed, session_id), ts_ms), item);
}
