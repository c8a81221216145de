/* Blocks of 32 bytes, as AVX2 has them: of the versions with AVX2 and AVX-512. */
#define SCAN_STRINGS "scan_index.h"
#define BLOCK        __m256i
#define BLOCK_BYTES  32
#define MASK         uint32_t
#define LANE_BITS    1
#define ALL_LANES    UINT32_MAX

static inline __m256i block_load(const char *at)
{
    return _mm256_loadu_si256((const void *)at);
}

static inline uint32_t block_high(__m256i block)
{
    return (uint32_t)_mm256_movemask_epi8(block);
}

static inline uint32_t block_same(__m256i a, __m256i b)
{
    return block_high(_mm256_cmpeq_epi8(a, b));
}

static inline uint32_t block_equal(__m256i block, char byte)
{
    return block_same(block, _mm256_set1_epi8(byte));
}

static inline uint32_t block_controls(__m256i block)
{
    return block_same(_mm256_min_epu8(block, _mm256_set1_epi8(0x1F)), block);
}

static inline uint32_t block_others(__m256i block)
{
    /* '0' to '9' become 0 to 9, all other bytes become greater unsigned values. */
    __m256i digits = _mm256_sub_epi8(block, _mm256_set1_epi8('0'));
    return block_same(_mm256_max_epu8(digits, _mm256_set1_epi8(10)), digits);
}
