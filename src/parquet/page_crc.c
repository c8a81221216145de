/* page_crc: CRC-32 by carry-less multiplication where the processor has it.
 *
 * A CRC is a remainder, and bytes keep it when 16 of them are replaced by a multiple that lies
 * further on: so 64 bytes at a time are folded into the 64 that follow (V. Gopal et al., "Fast CRC
 * Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009), and zlib does the
 * last 16 and what is left. The bits are reversed, as in the CRC itself. */
#include "page_crc.h"

#include <stdatomic.h>
#include <zlib.h>

#define BLOCK ((size_t)64)

static uint32_t zlib_crc(uint32_t crc, const char *bytes, size_t len)
{
    return (uint32_t)crc32_z(crc, (const Bytef *)bytes, len);
}

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>

#define FOLDS __attribute__((target("pclmul,sse4.1")))

static inline FOLDS __m128i load(const char *bytes)
{
    return _mm_loadu_si128((const void *)bytes);
}

static inline FOLDS __m128i fold(__m128i value, __m128i by, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(value, by, 0x00);
    __m128i high = _mm_clmulepi64_si128(value, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* Of whole blocks, at least one. */
static FOLDS uint32_t folded_crc(const char *bytes, size_t len)
{
    /* x to the power of 4 · 128 + 32 and 4 · 128 - 32, and of 128 + 32 and 128 - 32. */
    const __m128i by_block = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_part = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    __m128i parts[4];
    char last[16];
    for (size_t i = 0; i < 4; i++)
        parts[i] = load(bytes + 16 * i);
    parts[0] = _mm_xor_si128(parts[0], _mm_cvtsi32_si128(-1)); /* the CRC begins with ones */
    for (size_t at = BLOCK; at < len; at += BLOCK)
        for (size_t i = 0; i < 4; i++)
            parts[i] = fold(parts[i], by_block, load(bytes + at + 16 * i));
    for (size_t i = 1; i < 4; i++)
        parts[i] = fold(parts[i - 1], by_part, parts[i]);
    _mm_storeu_si128((void *)last, parts[3]);
    return zlib_crc(UINT32_MAX, last, sizeof last); /* begins with zeros: the ones are in them */
}

/* By cpuid, and once: in a virtual machine it takes a microsecond. */
static bool can_fold(void)
{
    enum { UNKNOWN, YES, NO };
    static atomic_int known = UNKNOWN;
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer == UNKNOWN) {
        unsigned a, b, c = 0, d;
        bool has_both = __get_cpuid(1, &a, &b, &c, &d) && c & bit_PCLMUL && c & bit_SSE4_1;
        answer = has_both ? YES : NO;
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == YES;
}

#else

static uint32_t folded_crc(const char *bytes, size_t len)
{
    return zlib_crc(0, bytes, len);
}

static bool can_fold(void)
{
    return false;
}

#endif

uint32_t page_crc(struct str bytes)
{
    size_t whole = bytes.len / BLOCK * BLOCK;
    if (whole == 0 || !can_fold())
        return zlib_crc(0, bytes.data, bytes.len);
    return zlib_crc(folded_crc(bytes.data, whole), bytes.data + whole, bytes.len - whole);
}
