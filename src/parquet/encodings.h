/* The encodings of values and levels (Encodings.md). Each encoder appends to a buffer. */
#pragma once

#include <base.h>

/* The numbers of parquet.thrift, Encoding. */
enum encoding {
    ENCODING_PLAIN = 0,
    ENCODING_RLE = 3,
    ENCODING_DELTA_BINARY_PACKED = 5,
    ENCODING_RLE_DICTIONARY = 8,
};

/* Appends values in the RLE / bit-packing hybrid (Encodings.md, "Run Length Encoding / Bit-Packing
 * Hybrid"), without a length before it. No value has more than `width` bits. */
void rle_encode(struct buffer *out, const uint32_t *values, size_t count, unsigned width);
/* Appends `count` bits from bit `start` in the same encoding, with its length in 4 bytes before it,
 * as in the definition levels and booleans of data pages V1. */
void rle_encode_bits(struct buffer *out, const uint8_t *bits, size_t start, size_t count);
/* Appends `count` bits of the same `value` as rle_encode_bits does. */
void rle_encode_repeated(struct buffer *out, bool value, size_t count);
/* Appends levels of at most `width` bits each as rle_encode_bits does. */
void rle_encode_levels(struct buffer *out, const uint8_t *levels, size_t count, unsigned width,
                       struct buffer *scratch);

/* Append values in DELTA_BINARY_PACKED (Encodings.md, "Delta Encoding"). */
void delta_packed_encode32(struct buffer *out, const int32_t *values, size_t count);
void delta_packed_encode64(struct buffer *out, const int64_t *values, size_t count);
/* Estimate the bytes of that encoding from a sample of blocks. */
size_t delta_packed_estimate32(const int32_t *values, size_t count);
size_t delta_packed_estimate64(const int64_t *values, size_t count);

/* Appends a BYTE_ARRAY in PLAIN (Encodings.md, "Plain"): its length in 4 bytes, then its bytes. */
static inline void plain_encode_string(struct buffer *out, struct str value)
{
    uint32_t len = (uint32_t)value.len;
    char *at = buffer_reserve(out, sizeof len + value.len);
    memcpy(at, &len, sizeof len);
    memcpy(at + sizeof len, value.data, value.len);
    out->len += sizeof len + value.len;
}
