/* Bitmaps and bit packing. The least significant bit is first, as in Arrow's validity bitmaps and
 * in Parquet's PLAIN booleans, levels and bit-packed runs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool bit_get(const uint8_t *bits, size_t i)
{
    return bits[i >> 3] >> (i & 7) & 1;
}

/* Returns the number of bits that `value` needs; 0 for 0. */
static inline unsigned bit_width(uint64_t value)
{
    return value == 0 ? 0 : 64 - (unsigned)__builtin_clzll(value);
}

/* Returns how many of the `count` bits from `start` are set. Reads only bytes that have such
 * bits. */
size_t bits_count(const uint8_t *bits, size_t start, size_t count);
/* Copies `count` bits from `start` to the beginning of `out`; the remaining bits of the last byte
 * become zero. Reads only bytes that have such bits. */
void bits_copy(const uint8_t *bits, size_t start, size_t count, uint8_t *out);

/* The number of bytes after the result that bits_pack* may overwrite. */
#define BITS_PACK_SLACK 8
/* Pack `count` values, a multiple of 8, none of which has more than `width` bits. Return the end of
 * the count / 8 * width bytes written. */
uint8_t *bits_pack32(const uint32_t *values, size_t count, unsigned width, uint8_t *out);
uint8_t *bits_pack64(const uint64_t *values, size_t count, unsigned width, uint8_t *out);
