/* decode: runs of numbers as rle.c and delta_packed.c encode them (parquet-format's Encodings.md).
 * False for bytes that are damaged, or too few. */
#ifndef PARQUET_INTEGER_DECODE_H
#define PARQUET_INTEGER_DECODE_H

#include <base.h>

/* The RLE / bit-packing hybrid: `count` values of `width` bits. */
NODISCARD bool rle_decode(struct str bytes, unsigned width, uint32_t *out, size_t count);
/* DELTA_BINARY_PACKED: `count` values. */
NODISCARD bool delta_packed_decode(struct str bytes, int64_t *out, size_t count);

#endif
