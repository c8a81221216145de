/* delta_packed: encodes DELTA_BINARY_PACKED (Encodings.md, "Delta Encoding").
 *
 * A block has 128 differences in 4 miniblocks of 32, which all readers support. Differences wrap
 * around; those of INT32 do so in 32 bits, so that no miniblock is wider than the plain values. */
#include "encodings.h"

#include "bits.h"
#include "varint.h"

#define BLOCK      128
#define MINIBLOCKS 4
#define MINIBLOCK  (BLOCK / MINIBLOCKS)
/* The most bytes of a block: its least difference, the widths and 128 values of 64 bits. */
#define BLOCK_BYTES (VARINT_MAX + MINIBLOCKS + BLOCK * 8)

/* The differences of a block minus the least of them, zero after the last one, and the bit width of
 * each miniblock. */
struct block {
    int64_t least;
    uint64_t differences[BLOCK];
    unsigned widths[MINIBLOCKS];
};

/* Subtracts the least difference and sets the widths. `mask` has the bits of the column's type. */
static void block_measure(struct block *block, size_t count, uint64_t mask)
{
    for (size_t i = 0; i < MINIBLOCKS; i++) {
        uint64_t *mini = block->differences + i * MINIBLOCK;
        uint64_t all = 0;
        for (size_t k = 0; k < MINIBLOCK; k++) {
            mini[k] = i * MINIBLOCK + k < count ? (mini[k] - (uint64_t)block->least) & mask : 0;
            all |= mini[k];
        }
        block->widths[i] = bit_width(all);
    }
}

/* The last block has only the miniblocks that it needs, but the widths of all four. */
static size_t block_miniblocks(size_t count)
{
    return (count + MINIBLOCK - 1) / MINIBLOCK;
}

static uint8_t *block_put(uint8_t *at, const struct block *block, size_t count)
{
    at += varint_put(at, zigzag(block->least));
    for (size_t i = 0; i < MINIBLOCKS; i++)
        *at++ = (uint8_t)block->widths[i];
    for (size_t i = 0; i < block_miniblocks(count); i++)
        at = bits_pack64(block->differences + i * MINIBLOCK, MINIBLOCK, block->widths[i], at);
    return at;
}

static size_t block_bytes(const struct block *block, size_t count)
{
    size_t bytes = varint_bytes(zigzag(block->least)) + MINIBLOCKS;
    for (size_t i = 0; i < block_miniblocks(count); i++)
        bytes += block->widths[i] * MINIBLOCK / 8;
    return bytes;
}

static uint8_t *header_put(uint8_t *at, size_t count, int64_t first)
{
    at += varint_put(at, BLOCK);
    at += varint_put(at, MINIBLOCKS);
    at += varint_put(at, count);
    at += varint_put(at, zigzag(first));
    return at;
}

#define HEADER_BYTES (4 * VARINT_MAX)
/* The number of blocks in the sample of an estimate. */
#define SAMPLES 16

/* block_fill sets the block to `count` values, which follow the value `before`. */
#define DELTA_FUNCTIONS(bits)                                                                      \
    static void block_fill##bits(struct block *block, int##bits##_t before,                        \
                                 const int##bits##_t *values, size_t count)                        \
    {                                                                                              \
        uint##bits##_t previous = (uint##bits##_t)before;                                          \
        block->least = INT##bits##_MAX;                                                            \
        for (size_t i = 0; i < count; i++) {                                                       \
            int##bits##_t difference = (int##bits##_t)((uint##bits##_t)values[i] - previous);      \
            previous = (uint##bits##_t)values[i];                                                  \
            block->differences[i] = (uint64_t)difference;                                          \
            if (difference < block->least)                                                         \
                block->least = difference;                                                         \
        }                                                                                          \
        block_measure(block, count, UINT##bits##_MAX);                                             \
    }                                                                                              \
                                                                                                   \
    void delta_packed_encode##bits(struct buffer *out, const int##bits##_t *values, size_t count)  \
    {                                                                                              \
        uint8_t *begin = (uint8_t *)buffer_reserve(out, HEADER_BYTES);                             \
        out->len += (size_t)(header_put(begin, count, count > 0 ? values[0] : 0) - begin);         \
        for (size_t i = 1; i < count; i += BLOCK) {                                                \
            struct block block;                                                                    \
            size_t part = count - i < BLOCK ? count - i : BLOCK;                                   \
            uint8_t *at = (uint8_t *)buffer_reserve(out, BLOCK_BYTES + BITS_PACK_SLACK);           \
            block_fill##bits(&block, values[i - 1], values + i, part);                             \
            out->len += (size_t)(block_put(at, &block, part) - at);                                \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    size_t delta_packed_estimate##bits(const int##bits##_t *values, size_t count)                  \
    {                                                                                              \
        size_t blocks = count / BLOCK + 1, step = blocks / SAMPLES + 1;                            \
        size_t seen = 0, bytes = 0;                                                                \
        for (size_t i = 1; i < count; i += step * BLOCK) {                                         \
            struct block block;                                                                    \
            size_t part = count - i < BLOCK ? count - i : BLOCK;                                   \
            block_fill##bits(&block, values[i - 1], values + i, part);                             \
            bytes += block_bytes(&block, part);                                                    \
            seen += part;                                                                          \
        }                                                                                          \
        return HEADER_BYTES + (seen == 0 ? 0 : bytes * count / seen);                              \
    }

DELTA_FUNCTIONS(32)
DELTA_FUNCTIONS(64)
