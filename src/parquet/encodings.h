/* The encodings of values and levels (parquet-format's Encodings.md). All append to a buffer. */
#ifndef PARQUET_ENCODINGS_H
#define PARQUET_ENCODINGS_H

#include <base.h>

/* Numbers as in parquet.thrift, enum Encoding. */
enum encoding {
    ENCODING_PLAIN = 0,
    ENCODING_RLE = 3,
    ENCODING_DELTA_BINARY_PACKED = 5,
    ENCODING_RLE_DICTIONARY = 8,
};

/* RLE / bit-packing hybrid without a length before it. No value has more than `width` bits. */
void rle_encode(struct buffer *out, const uint32_t *values, size_t count, unsigned width);
/* The same of `count` bits from `start` on, with its length in 4 bytes before it: definition
 * levels and booleans of data pages V1. */
void rle_encode_bits(struct buffer *out, const uint8_t *bits, size_t start, size_t count);
/* The same of `count` times `value`. */
void rle_encode_repeated(struct buffer *out, bool value, size_t count);

/* The same of levels of `width` bits each. */
void rle_encode_levels(struct buffer *out, const uint8_t *levels, size_t count, unsigned width,
                       struct buffer *scratch);

/* DELTA_BINARY_PACKED. */
void delta_packed_encode32(struct buffer *out, const int32_t *values, size_t count);
void delta_packed_encode64(struct buffer *out, const int64_t *values, size_t count);
/* The bytes they would take, from a few blocks spread over the values. */
size_t delta_packed_estimate32(const int32_t *values, size_t count);
size_t delta_packed_estimate64(const int64_t *values, size_t count);

/* PLAIN of one BYTE_ARRAY: its length in 4 bytes, then its bytes. */
static inline void plain_encode_string(struct buffer *out, struct str value)
{
    uint32_t len = (uint32_t)value.len;
    char *at = buffer_reserve(out, sizeof len + value.len);
    memcpy(at, &len, sizeof len);
    memcpy(at + sizeof len, value.data, value.len);
    out->len += sizeof len + value.len;
}

#endif
