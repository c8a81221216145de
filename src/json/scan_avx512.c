/* The scanner with AVX-512, for an index of 64 bytes at a time; keys and numbers are compared
 * in 32. json_scan calls it only where the processor has these instructions (VBMI2: since Ice Lake
 * and Zen 4). */
#include "scan.h"

#if defined(__x86_64__)
#include <immintrin.h>

TARGET_BEGIN("avx2,bmi,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi2")

#define SCAN_NAME    json_scan_avx512
#define SCAN_STRINGS "scan_index.h"
#define BLOCK        __m256i
#define BLOCK_BYTES  32
#define X86(name)    _mm256_##name

#include "scan_x86.h"

static inline struct index_bits index_bits(const char *at)
{
    __m512i block = _mm512_loadu_si512(at);
    return (struct index_bits){.quotes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"')),
                               .backslashes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\\')),
                               .controls = _mm512_cmplt_epu8_mask(block, _mm512_set1_epi8(' ')),
                               .high = _mm512_movepi8_mask(block)};
}

static inline uint64_t index_equal(const char *at, char byte)
{
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(at), _mm512_set1_epi8(byte));
}

static inline void put_half(uint16_t *to, uint32_t offset, __m256i places)
{
    __m512i wide = _mm512_cvtepu8_epi16(places);
    _mm512_storeu_si512(to, _mm512_add_epi16(wide, _mm512_set1_epi16((short)offset)));
}

/* Most blocks have at most 32 quotes. */
static inline void index_put(uint16_t *to, uint32_t offset, uint64_t quotes)
{
#define EIGHT_PLACES(n) n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7
    static const uint8_t all[64] = {EIGHT_PLACES(0),  EIGHT_PLACES(8),  EIGHT_PLACES(16),
                                    EIGHT_PLACES(24), EIGHT_PLACES(32), EIGHT_PLACES(40),
                                    EIGHT_PLACES(48), EIGHT_PLACES(56)};
    __m512i places = _mm512_maskz_compress_epi8(quotes, _mm512_loadu_si512(all));
    put_half(to, offset, _mm512_castsi512_si256(places));
    if (UNLIKELY(__builtin_popcountll(quotes) > 32))
        put_half(to + 32, offset, _mm512_extracti64x4_epi64(places, 1));
}

#include "scan_body.h"

TARGET_END
#endif
