/* The scanner for any processor: 8 bytes at a time in a 64-bit register (eight.h). */
#include "scan.h"

#include <eight.h>

#define SCAN_NAME    json_scan_portable
#define SCAN_STRINGS "scan_search.h"
#define BLOCK        uint64_t
#define BLOCK_BYTES  8
#define MASK         uint64_t
#define LANE_BITS    8
#define ALL_LANES    EIGHT_TOPS

#define block_load   eight_load
#define block_same   eight_same
#define block_equal  eight_equal
#define block_others eight_others

static inline uint64_t block_controls(uint64_t block)
{
    return eight_at_least(block, 0x20) ^ EIGHT_TOPS;
}

static inline uint64_t block_high(uint64_t block)
{
    return block & EIGHT_TOPS;
}

#include "scan_body.h"
