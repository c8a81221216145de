/* Decodes escape sequences with AVX-512, 64 bytes at a time: of those that stand for their second
 * byte, the backslashes are dropped by one instruction. As scan_avx512.c, this file is compiled for
 * these instructions, and called only where the processor has them. */
#include "scan.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(                                                                      \
        __attribute__((target("bmi,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi2"))),          \
            apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("bmi,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi2")
#endif

static inline uint64_t equal(__m512i block, char byte)
{
    return _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(byte));
}

static inline uint64_t first_bits(size_t count)
{
    return _bzhi_u64(UINT64_MAX, count < 64 ? (unsigned)count : 64);
}

/* No byte after the text is read, and none after the decoded text is written. */
size_t json_unescape_avx512(const char *text, size_t len, char *out)
{
    const char *at = text, *end = text + len;
    char *to = out;
    while (at < end) {
        size_t count = end - at < 64 ? (size_t)(end - at) : 64;
        __m512i block = _mm512_maskz_loadu_epi8(first_bits(count), at);
        uint64_t backslashes = equal(block, '\\'), is_split = 0;
        uint64_t escaped = json_escaped_bytes(backslashes, &is_split);
        uint64_t others = escaped & ~(backslashes | equal(block, '"') | equal(block, '/'));
        if (others)
            count = (size_t)__builtin_ctzll(others) - 1;
        else
            count -= is_split; /* the last byte begins a sequence */
        uint64_t kept = first_bits(count) & (~backslashes | escaped);
        size_t length = (size_t)__builtin_popcountll(kept);
        _mm512_mask_storeu_epi8(to, first_bits(length), _mm512_maskz_compress_epi8(kept, block));
        at += count;
        to += length;
        if (others)
            to = json_decode_escape(&at, to);
    }
    return (size_t)(to - out);
}

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
