/* bits: counts and copies bits of bitmaps; packs values into bits (Encodings.md, "Run Length
 * Encoding / Bit-Packing Hybrid", note 1). */
#include "bits.h"

#include <assert.h>
#include <string.h>

/* Returns the `count` (1 to 8) bits from bit `at`; the remaining high bits are zero. */
static uint8_t eight_bits(const uint8_t *bits, size_t at, size_t count)
{
    unsigned shift = at & 7;
    unsigned byte = (unsigned)bits[at >> 3] >> shift;
    if (count > 8 - shift)
        byte |= (unsigned)bits[(at >> 3) + 1] << (8 - shift);
    return (uint8_t)(byte & ((1u << count) - 1));
}

size_t bits_count(const uint8_t *bits, size_t start, size_t count)
{
    size_t set = 0, i = 0;
    for (; i < count && (start + i) % 8 != 0; i++)
        set += bit_get(bits, start + i);
    for (; i + 64 <= count; i += 64) {
        uint64_t word;
        memcpy(&word, bits + (start + i) / 8, sizeof word);
        set += (size_t)__builtin_popcountll(word);
    }
    for (; i < count; i++)
        set += bit_get(bits, start + i);
    return set;
}

void bits_copy(const uint8_t *bits, size_t start, size_t count, uint8_t *out)
{
    if (start % 8 == 0) {
        memcpy(out, bits + start / 8, count / 8);
        if (count % 8 != 0)
            out[count / 8] = eight_bits(bits, start + count - count % 8, count % 8);
        return;
    }
    for (size_t i = 0; i < count; i += 8)
        out[i / 8] = eight_bits(bits, start + i, count - i < 8 ? count - i : 8);
}

/* Eight values of `width` bits fill exactly `width` bytes. They are collected in a 64-bit word,
 * which is stored when it is full. With a constant `width` the compiler removes all branches. */
#define PACK_EIGHT(name, value_type)                                                               \
    static inline __attribute__((always_inline)) void name(const value_type *values,               \
                                                           unsigned width, uint8_t *out)           \
    {                                                                                              \
        uint64_t word = 0;                                                                         \
        unsigned used = 0;                                                                         \
        _Pragma("GCC unroll 8") for (int i = 0; i < 8; i++)                                        \
        {                                                                                          \
            uint64_t value = values[i];                                                            \
            word |= value << used;                                                                 \
            used += width;                                                                         \
            if (used >= 64) {                                                                      \
                memcpy(out, &word, 8);                                                             \
                out += 8;                                                                          \
                used -= 64;                                                                        \
                word = used == 0 ? 0 : value >> (width - used);                                    \
            }                                                                                      \
        }                                                                                          \
        memcpy(out, &word, 8);                                                                     \
    }

PACK_EIGHT(pack_eight32, uint32_t)
PACK_EIGHT(pack_eight64, uint64_t)

#define PACK_CASE(eight, width)                                                                    \
    case width:                                                                                    \
        for (; values < end; values += 8, out += width)                                            \
            eight(values, width, out);                                                             \
        return out;

#define FOUR_CASES(eight, width)                                                                   \
    PACK_CASE(eight, width)                                                                        \
    PACK_CASE(eight, width + 1)                                                                    \
    PACK_CASE(eight, width + 2)                                                                    \
    PACK_CASE(eight, width + 3)

#define SIXTEEN_CASES(eight, width)                                                                \
    FOUR_CASES(eight, width)                                                                       \
    FOUR_CASES(eight, width + 4)                                                                   \
    FOUR_CASES(eight, width + 8)                                                                   \
    FOUR_CASES(eight, width + 12)

uint8_t *bits_pack32(const uint32_t *values, size_t count, unsigned width, uint8_t *out)
{
    assert(count % 8 == 0 && width <= 32);
    const uint32_t *end = values + count;
    switch (width) {
        SIXTEEN_CASES(pack_eight32, 1)
        SIXTEEN_CASES(pack_eight32, 17)
    default: /* 0: nothing to store */
        return out;
    }
}

uint8_t *bits_pack64(const uint64_t *values, size_t count, unsigned width, uint8_t *out)
{
    assert(count % 8 == 0 && width <= 64);
    const uint64_t *end = values + count;
    switch (width) {
        SIXTEEN_CASES(pack_eight64, 1)
        SIXTEEN_CASES(pack_eight64, 17)
        SIXTEEN_CASES(pack_eight64, 33)
        SIXTEEN_CASES(pack_eight64, 49)
    default: /* 0: nothing to store */
        return out;
    }
}
