/* integer_decode: decodes the encodings of rle.c and delta_packed.c. Each function returns false if
 * the bytes are malformed or too few; `out` then has any values. */
#pragma once

#include <base.h>

/* Decodes `count` values of `width` bits in the RLE / bit-packing hybrid (Encodings.md, "Run Length
 * Encoding / Bit-Packing Hybrid"). */
NODISCARD bool rle_decode(struct str bytes, unsigned width, uint32_t *out, size_t count);
/* Decodes `count` values in DELTA_BINARY_PACKED (Encodings.md, "Delta Encoding"). */
NODISCARD bool delta_packed_decode(struct str bytes, int64_t *out, size_t count);
