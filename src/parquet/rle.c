/* rle: encodes the RLE / bit-packing hybrid (Encodings.md, "Run Length Encoding / Bit-Packing
 * Hybrid").
 *
 * The values are processed in groups of 8, because a bit-packed run has whole groups. A repetition
 * becomes an RLE run if that takes fewer bytes than packing it, with the header of the bit-packed
 * run that follows; so narrow values must repeat more often than wide ones. All groups up to the
 * next such repetition become one bit-packed run. */
#include "encodings.h"

#include "bits.h"
#include "varint.h"

#include <assert.h>

#define GROUP 8

/* The shortest repetition, in values, that becomes an RLE run. */
static size_t shortest_run(unsigned width)
{
    size_t run_bytes = 1 + (width + 7) / 8 + 1;
    size_t groups = width == 0 ? 1 : (run_bytes + width - 1) / width;
    return groups * GROUP;
}

static size_t run_length(const uint32_t *values, size_t count)
{
    size_t length = 1;
    while (length < count && values[length] == values[0])
        length++;
    return length;
}

static bool starts_run(const uint32_t *values, size_t count, size_t shortest)
{
    if (count < shortest)
        return false;
    uint32_t differences = 0;
    for (int i = 1; i < GROUP; i++)
        differences |= values[i] ^ values[0];
    return differences == 0 && run_length(values, shortest) == shortest;
}

static uint8_t *repeated_put(uint8_t *at, uint32_t value, size_t count, unsigned width)
{
    at += varint_put(at, (uint64_t)count << 1);
    memcpy(at, &value, sizeof value);
    return at + (width + 7) / 8;
}

static uint8_t *packed_put(uint8_t *at, const uint32_t *values, size_t count, unsigned width)
{
    size_t rest = count % GROUP;
    at += varint_put(at, (uint64_t)((count + GROUP - 1) / GROUP) << 1 | 1);
    at = bits_pack32(values, count - rest, width, at);
    if (rest == 0)
        return at;
    uint32_t last[GROUP] = {0};
    memcpy(last, values + count - rest, rest * sizeof *last);
    return bits_pack32(last, GROUP, width, at);
}

void rle_encode(struct buffer *out, const uint32_t *values, size_t count, unsigned width)
{
    assert(count <= INT32_MAX);
    /* Each group of 8 takes at most its packed bytes, or the value and header of one run. */
    size_t group_bytes = (width > 4 ? width : 4) + VARINT_MAX;
    uint8_t *begin =
        (uint8_t *)buffer_reserve(out, (count / GROUP + 1) * group_bytes + BITS_PACK_SLACK);
    uint8_t *at = begin;
    size_t shortest = shortest_run(width);

    for (size_t i = 0, end; i < count; i = end) {
        size_t run = run_length(values + i, count - i);
        end = i + run;
        if (run >= shortest || end == count) {
            at = repeated_put(at, values[i], run, width);
            continue;
        }
        end = i + GROUP;
        while (end < count && !starts_run(values + end, count - end, shortest))
            end += GROUP;
        if (end > count)
            end = count;
        at = packed_put(at, values + i, end - i, width);
    }
    out->len += (size_t)(at - begin);
}

/* ---- Bits: a group is one byte ----------------------------------------------------------- */

/* Appends room for the length of the runs; returns its position, for length_set. */
static size_t length_reserve(struct buffer *out)
{
    size_t at = out->len;
    buffer_append(out, (const uint8_t[4]){0}, 4);
    return at;
}

static void length_set(struct buffer *out, size_t at)
{
    uint32_t len = (uint32_t)(out->len - at - 4);
    memcpy(out->data + at, &len, sizeof len);
}

static void run_append(struct buffer *out, bool value, size_t count)
{
    uint8_t *at = (uint8_t *)buffer_reserve(out, VARINT_MAX + sizeof(uint32_t));
    out->len += (size_t)(repeated_put(at, value, count, 1) - at);
}

void rle_encode_repeated(struct buffer *out, bool value, size_t count)
{
    size_t length_at = length_reserve(out);
    if (count > 0)
        run_append(out, value, count);
    length_set(out, length_at);
}

/* The number of equal bytes at the beginning, if their bits are all 0 or all 1; otherwise 0. */
static size_t byte_run(const uint8_t *bytes, size_t count)
{
    size_t length = 1;
    while (length < count && bytes[length] == bytes[0])
        length++;
    return bytes[0] == 0x00 || bytes[0] == 0xFF ? length : 0;
}

/* Appends the runs of `count` whole groups. */
static void bits_append(struct buffer *out, const uint8_t *bytes, size_t count)
{
    const size_t shortest = shortest_run(1) / GROUP;
    for (size_t i = 0, end; i < count; i = end) {
        size_t run = byte_run(bytes + i, count - i);
        end = i + run;
        if (run >= shortest) {
            run_append(out, bytes[i] != 0, run * GROUP);
            continue;
        }
        end = i + 1;
        while (end < count && byte_run(bytes + end, count - end) < shortest)
            end++;
        uint8_t *at = (uint8_t *)buffer_reserve(out, VARINT_MAX);
        out->len += varint_put(at, (uint64_t)(end - i) << 1 | 1);
        buffer_append(out, bytes + i, end - i);
    }
}

void rle_encode_bits(struct buffer *out, const uint8_t *bits, size_t start, size_t count)
{
    uint8_t chunk[4096];
    const size_t chunk_bits = sizeof chunk * GROUP;
    size_t length_at = length_reserve(out);
    while (count > 0) {
        size_t part = count < chunk_bits ? count : chunk_bits;
        size_t whole = part - (part == count ? part % GROUP : 0);
        bits_copy(bits, start, part, chunk);
        bits_append(out, chunk, whole / GROUP);
        if (whole < part) {
            buffer_append_char(out, 1 << 1 | 1);
            buffer_append_char(out, (char)chunk[whole / GROUP]);
        }
        start += part;
        count -= part;
    }
    length_set(out, length_at);
}

/* ---- Levels ------------------------------------------------------------------------------ */

void rle_encode_levels(struct buffer *out, const uint8_t *levels, size_t count, unsigned width,
                       struct buffer *scratch)
{
    size_t length_at = length_reserve(out);
    buffer_reset(scratch);
    uint32_t *values = (void *)buffer_reserve(scratch, count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = levels[i];
    rle_encode(out, values, count, width);
    length_set(out, length_at);
}
