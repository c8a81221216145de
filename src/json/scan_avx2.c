/* The scanner with AVX2: 32 bytes at a time. json_scan calls it only where the processor has these
 * instructions. */
#include "scan.h"

#if defined(__x86_64__)
#include <immintrin.h>

TARGET_BEGIN("avx2,bmi,bmi2,popcnt")

#define SCAN_NAME    json_scan_avx2
#define SCAN_STRINGS "scan_index.h"
#define BLOCK        __m256i
#define BLOCK_BYTES  32
#define X86(name)    _mm256_##name

#include "scan_x86.h"

/* A mask of 64 bytes from those of its halves. */
#define BOTH_HALVES(of, at, ...)                                                                   \
    (of(block_load(at), ##__VA_ARGS__) | (uint64_t)of(block_load((at) + 32), ##__VA_ARGS__) << 32)

static inline uint64_t index_equal(const char *at, char byte)
{
    return BOTH_HALVES(block_equal, at, byte);
}

static inline struct index_bits index_bits(const char *at)
{
    return (struct index_bits){.quotes = index_equal(at, '"'),
                               .backslashes = index_equal(at, '\\'),
                               .controls = BOTH_HALVES(block_controls, at),
                               .high = BOTH_HALVES(block_high, at)};
}

/* Writes the position of the first quote; returns the others. The compiler must not write several
 * positions with one instruction, which takes longer. */
static inline uint64_t put_first(uint16_t *to, uint32_t offset, uint64_t quotes)
{
    *to = (uint16_t)(offset + (uint32_t)_tzcnt_u64(quotes));
    quotes &= quotes - 1;
    __asm__("" : "+r"(quotes));
    return quotes;
}

/* Most blocks have at most 12 quotes: as many are written without a branch. */
static inline void index_put(uint16_t *to, uint32_t offset, uint64_t quotes)
{
#pragma GCC unroll 12
    for (unsigned i = 0; i < 12; i++)
        quotes = put_first(to++, offset, quotes);
    while (UNLIKELY(quotes))
        quotes = put_first(to++, offset, quotes);
}

#include "scan_body.h"

TARGET_END
#endif
