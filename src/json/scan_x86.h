/* Blocks of 16 bytes, as SSE2 has them, or of 32, as AVX2 has them. The version has defined BLOCK,
 * BLOCK_BYTES, and X86(name), the intrinsic function of this name for such blocks. */
#define MASK      uint32_t
#define LANE_BITS 1
#define ALL_LANES (UINT32_MAX >> (32 - BLOCK_BYTES))

static inline BLOCK block_load(const char *at)
{
    BLOCK block;
    memcpy(&block, at, sizeof block);
    return block;
}

static inline uint32_t block_high(BLOCK block)
{
    return (uint32_t)X86(movemask_epi8)(block);
}

static inline uint32_t block_same(BLOCK a, BLOCK b)
{
    return block_high(X86(cmpeq_epi8)(a, b));
}

static inline uint32_t block_equal(BLOCK block, char byte)
{
    return block_same(block, X86(set1_epi8)(byte));
}

static inline uint32_t block_controls(BLOCK block)
{
    return block_same(X86(min_epu8)(block, X86(set1_epi8)(0x1F)), block);
}

static inline uint32_t block_others(BLOCK block)
{
    /* '0' to '9' become 0 to 9, all other bytes become greater unsigned values. */
    BLOCK digits = X86(sub_epi8)(block, X86(set1_epi8)('0'));
    return block_same(X86(max_epu8)(digits, X86(set1_epi8)(10)), digits);
}
