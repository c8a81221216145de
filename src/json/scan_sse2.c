/* The scanner with SSE2, which every x86-64 processor has: 16 bytes at a time. */
#include "scan.h"

#if defined(__x86_64__)
#include <emmintrin.h>

#define SCAN_NAME    json_scan_sse2
#define SCAN_STRINGS "scan_search.h"
#define BLOCK        __m128i
#define BLOCK_BYTES  16
#define MASK         uint32_t
#define LANE_BITS    1
#define ALL_LANES    UINT32_C(0xFFFF)

static inline __m128i block_load(const char *at)
{
    return _mm_loadu_si128((const void *)at);
}

static inline uint32_t block_high(__m128i block)
{
    return (uint32_t)_mm_movemask_epi8(block);
}

static inline uint32_t block_same(__m128i a, __m128i b)
{
    return block_high(_mm_cmpeq_epi8(a, b));
}

static inline uint32_t block_equal(__m128i block, char byte)
{
    return block_same(block, _mm_set1_epi8(byte));
}

static inline uint32_t block_controls(__m128i block)
{
    return block_same(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
}

static inline uint32_t block_others(__m128i block)
{
    /* '0' to '9' become 0 to 9, all other bytes become greater unsigned values. */
    __m128i digits = _mm_sub_epi8(block, _mm_set1_epi8('0'));
    return block_same(_mm_max_epu8(digits, _mm_set1_epi8(10)), digits);
}

#include "scan_body.h"
#endif
