/* The scanner with NEON, which every 64-bit ARM processor has: 16 bytes at a time. NEON has no
 * movemask; a narrowing shift by four bits leaves four bits of each byte instead. */
#include "scan.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define SCAN_NAME    json_scan_neon
#define SCAN_STRINGS "scan_search.h"
#define BLOCK        uint8x16_t
#define BLOCK_BYTES  16
#define MASK         uint64_t
#define LANE_BITS    4
#define ALL_LANES    UINT64_C(0x8888888888888888)

static inline uint8x16_t block_load(const char *at)
{
    return vld1q_u8((const uint8_t *)at);
}

/* The mask of the bytes that are all ones; all others are zero. */
static inline uint64_t lanes(uint8x16_t truth)
{
    uint8x8_t nibbles = vshrn_n_u16(vreinterpretq_u16_u8(truth), 4);
    return vget_lane_u64(vreinterpret_u64_u8(nibbles), 0) & ALL_LANES;
}

static inline uint64_t block_same(uint8x16_t a, uint8x16_t b)
{
    return lanes(vceqq_u8(a, b));
}

static inline uint64_t block_equal(uint8x16_t block, char byte)
{
    return block_same(block, vdupq_n_u8((uint8_t)byte));
}

static inline uint64_t block_controls(uint8x16_t block)
{
    return lanes(vcltq_u8(block, vdupq_n_u8(0x20)));
}

static inline uint64_t block_high(uint8x16_t block)
{
    return lanes(vcgeq_u8(block, vdupq_n_u8(0x80)));
}

static inline uint64_t block_others(uint8x16_t block)
{
    return lanes(vcgeq_u8(vsubq_u8(block, vdupq_n_u8('0')), vdupq_n_u8(10)));
}

#include "scan_body.h"
#endif
