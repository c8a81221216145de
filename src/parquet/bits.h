/* Bits and bit packing. Bitmaps and packed values are least significant bit first, as Arrow's
 * validity and Parquet's PLAIN booleans, levels and packed runs all are. */
#ifndef PARQUET_BITS_H
#define PARQUET_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool bit_get(const uint8_t *bits, size_t i)
{
    return bits[i >> 3] >> (i & 7) & 1;
}

/* The bits needed for `value`; 0 for 0. */
static inline unsigned bit_width(uint64_t value)
{
    return value == 0 ? 0 : 64 - (unsigned)__builtin_clzll(value);
}

/* How many of `count` bits from `start` on are set. Reads no byte outside them. */
size_t bits_count(const uint8_t *bits, size_t start, size_t count);
/* Copies `count` bits from `start` on to the beginning of `out`; what is left of the last byte is
 * zero. Reads no byte outside them. */
void bits_copy(const uint8_t *bits, size_t start, size_t count, uint8_t *out);

/* Bytes past its result that bits_pack* may overwrite. */
#define BITS_PACK_SLACK 8
/* Pack `count` values (a multiple of 8) of `width` bits each (none has more); return the end of
 * the count / 8 * width bytes. */
uint8_t *bits_pack32(const uint32_t *values, size_t count, unsigned width, uint8_t *out);
uint8_t *bits_pack64(const uint64_t *values, size_t count, unsigned width, uint8_t *out);

#endif
