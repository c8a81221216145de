/* rle: bytes worked out by hand, and a decoder that follows the grammar of Encodings.md. */
#include "bits.h"
#include "check.h"
#include "encodings.h"

#define MOST 4000

static uint64_t varint_take(const uint8_t **at)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
}

/* Decodes `count` values; returns the end of the encoded data. */
static const uint8_t *decode(const uint8_t *at, unsigned width, uint32_t *values, size_t count)
{
    for (size_t i = 0; i < count;) {
        uint64_t header = varint_take(&at);
        size_t run = (header & 1) != 0 ? header / 2 * 8 : header / 2;
        assert_in_range(run, 1, INT32_MAX);
        if ((header & 1) == 0) {
            uint32_t value = 0;
            memcpy(&value, at, (width + 7) / 8);
            at += (width + 7) / 8;
            assert_true(run <= count - i); /* only packed runs are padded */
            for (size_t k = 0; k < run; k++)
                values[i++] = value;
            continue;
        }
        for (size_t k = 0; k < run; k++) {
            uint32_t value = 0;
            for (unsigned bit = 0; bit < width; bit++)
                value |= (uint32_t)bit_get(at, k * width + bit) << bit;
            if (i < count)
                values[i++] = value;
            else
                assert_int_equal(value, 0); /* padding */
        }
        at += run / 8 * width;
    }
    return at;
}

static void test_bytes(void **state)
{
    (void)state;
    static const struct {
        unsigned width;
        size_t count;
        uint32_t values[40];
        const char *bytes;
    } rows[] = {
        {3, 8, {0, 1, 2, 3, 4, 5, 6, 7}, "03 88 C6 FA"}, /* one group, as the spec has it */
        {3, 3, {1, 2, 3}, "03 D1 00 00"},                /* padded with zeros */
        {8, 5, {7, 7, 7, 7, 7}, "0A 07"},                /* all the same: one run */
        {1, 1, {1}, "02 01"},                            /* a run of one */
        {9, 9, {[0 ... 8] = 258}, "12 02 01"},           /* a value of two bytes */
        {8, 17, {1, 2, [2 ... 16] = 3}, "03 01 02 03 03 03 03 03 03 12 03"},
        {8, 12, {[0 ... 7] = 1, 2, 3, 4, 5}, "10 01 03 02 03 04 05 00 00 00 00"},
        {2,
         24,
         {[0 ... 7] = 1, [8 ... 15] = 2, [16 ... 23] = 3}, /* too short for runs of 2 bits */
         "07 55 55 AA AA FF FF"},
        {0, 9, {0}, "12"}, /* no bits, no bytes */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        rle_encode(&out, rows[i].values, rows[i].count, rows[i].width);
        assert_bytes(&out, rows[i].bytes);
    }
}

/* `longest` 1 gives random values, more gives repetitions of up to that length. */
static void fill(uint32_t *values, size_t count, unsigned width, size_t longest, uint64_t *random)
{
    for (size_t i = 0; i < count;) {
        uint32_t value = width == 0 ? 0 : (uint32_t)(check_random(random) >> (64 - width));
        size_t end = i + 1 + check_random(random) % longest;
        while (i < end && i < count)
            values[i++] = value;
    }
}

static void round_trip(const uint32_t *values, size_t count, unsigned width)
{
    uint32_t decoded[MOST];
    CLEANUP(buffer_release) struct buffer out = {0};
    buffer_append(&out, "before", 6);
    rle_encode(&out, values, count, width);
    const uint8_t *begin = (const uint8_t *)out.data + 6;
    assert_ptr_equal(decode(begin, width, decoded, count), out.data + out.len);
    if (count > 0)
        assert_memory_equal(decoded, values, count * sizeof *values);
    /* Never much larger than packing alone. */
    assert_true(out.len - 6 <= (count + 7) / 8 * width + count / 64 + 6);
}

static void test_round_trip(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 7, 8, 9, 63, 64, 65, 1000, MOST};
    static const size_t longest[] = {1, 2, 10, 40, 3000};
    uint64_t random = 3;
    uint32_t values[MOST];
    for (unsigned width = 0; width <= 32; width++)
        for (size_t i = 0; i < COUNT(counts); i++)
            for (size_t k = 0; k < COUNT(longest); k++) {
                fill(values, counts[i], width, longest[k], &random);
                round_trip(values, counts[i], width);
            }
}

/* ---- Bits ---------------------------------------------------------------------------------- */

static void test_bits_bytes(void **state)
{
    (void)state;
    const uint8_t bits[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0xA5};
    CLEANUP(buffer_release) struct buffer out = {0};
    rle_encode_bits(&out, bits, 0, 56); /* a run of 40 ones, then two packed groups */
    assert_bytes(&out, "05 00 00 00 50 01 05 01 A5");
    buffer_reset(&out);
    rle_encode_bits(&out, bits, 38, 3); /* 1 1 1: across a byte's end */
    assert_bytes(&out, "02 00 00 00 03 07");
    buffer_reset(&out);
    rle_encode_repeated(&out, true, 20000);
    assert_bytes(&out, "04 00 00 00 C0 B8 02 01");
    buffer_reset(&out);
    rle_encode_repeated(&out, false, 0);
    assert_bytes(&out, "00 00 00 00");
}

static void bits_round_trip(const uint8_t *bits, size_t start, size_t count, uint32_t *decoded)
{
    CLEANUP(buffer_release) struct buffer out = {0};
    rle_encode_bits(&out, bits, start, count);
    uint32_t len;
    memcpy(&len, out.data, sizeof len);
    assert_int_equal(len, out.len - sizeof len);
    const uint8_t *end = decode((const uint8_t *)out.data + sizeof len, 1, decoded, count);
    assert_ptr_equal(end, out.data + out.len);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(decoded[i], bit_get(bits, start + i));
}

/* More bits than the encoder processes at a time, in runs and noise. */
static void test_bits_round_trip(void **state)
{
    (void)state;
    const size_t bytes = 12000;
    uint8_t *bits = mem_alloc(bytes);
    uint32_t *decoded = mem_alloc(bytes * 8 * sizeof *decoded);
    uint64_t random = 4;
    for (size_t i = 0; i < bytes;) {
        size_t end = i + 1 + check_random(&random) % 12;
        uint64_t kind = check_random(&random) % 3;
        while (i < end && i < bytes)
            bits[i++] = kind == 0 ? 0x00 : kind == 1 ? 0xFF : (uint8_t)check_random(&random);
    }
    for (size_t start = 0; start < 9; start++) {
        for (size_t count = 0; count < 100; count++)
            bits_round_trip(bits, start, count, decoded);
        bits_round_trip(bits, start, bytes * 8 - start, decoded);
        bits_round_trip(bits, start, 4096 * 8, decoded);
        bits_round_trip(bits, start, 4096 * 8 + 3, decoded);
    }
    mem_free(bits);
    mem_free(decoded);
}

/* ---- Levels -------------------------------------------------------------------------------- */

static void test_levels_bytes(void **state)
{
    (void)state;
    const uint8_t levels[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2};
    CLEANUP(buffer_release) struct buffer out = {0}, scratch = {0};
    rle_encode_levels(&out, levels, COUNT(levels), 2, &scratch);
    assert_bytes(&out, "05 00 00 00 05 00 00 00 27"); /* two packed groups */
    buffer_reset(&out);
    rle_encode_levels(&out, levels, 0, 2, &scratch);
    assert_bytes(&out, "00 00 00 00");
}

/* Runs of lengths that are no multiples of 8, with packed groups behind them. */
static void test_levels_round_trip(void **state)
{
    (void)state;
    const size_t count = 40000;
    uint8_t *levels = mem_alloc(count);
    uint32_t *decoded = mem_alloc(count * sizeof *decoded);
    uint64_t random = 5;
    for (size_t i = 0; i < count;) {
        size_t end = i + 1 + check_random(&random) % (i % 2 ? 3 : 5000);
        uint8_t level = check_random(&random) % 4;
        while (i < end && i < count)
            levels[i++] = level;
    }
    for (size_t start = 0; start < 20; start++) {
        CLEANUP(buffer_release) struct buffer out = {0}, scratch = {0};
        rle_encode_levels(&out, levels + start, count - start, 2, &scratch);
        const uint8_t *begin = (const uint8_t *)out.data + sizeof(uint32_t);
        assert_ptr_equal(decode(begin, 2, decoded, count - start), out.data + out.len);
        for (size_t i = 0; i < count - start; i++)
            assert_int_equal(decoded[i], levels[start + i]);
    }
    mem_free(levels);
    mem_free(decoded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_bits_bytes),   cmocka_unit_test(test_bits_round_trip),
        cmocka_unit_test(test_levels_bytes), cmocka_unit_test(test_levels_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
