/* delta_packed: the examples of Encodings.md, and a decoder that follows its description. */
#include "bits.h"
#include "check.h"
#include "encodings.h"

#define MOST 1000

/* The examples use blocks of 8 "to keep them short"; here a block is 128 values in 4 miniblocks,
 * so the header says so and a miniblock is padded to 32 values. */
static void test_bytes(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        int64_t values[8];
        const char *bytes;
    } rows[] = {
        {5, {1, 2, 3, 4, 5}, "80 01 04 05 02 02 00 00 00 00"},
        {8, {7, 5, 3, 1, 2, 3, 4, 5}, "80 01 04 08 0E 03 02 00 00 00 C0 3F 00 00 00 00 00 00"},
        {1, {-1}, "80 01 04 01 01"},
        {0, {0}, "80 01 04 00 00"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer out = {0}, out32 = {0};
        int32_t narrow[8];
        for (size_t k = 0; k < 8; k++)
            narrow[k] = (int32_t)rows[i].values[k];
        delta_packed_encode64(&out, rows[i].values, rows[i].count);
        delta_packed_encode32(&out32, narrow, rows[i].count);
        assert_bytes(&out, rows[i].bytes);
        assert_bytes(&out32, rows[i].bytes);
    }
}

/* Differences of INT32 wrap around in 32 bits, those of INT64 in 64. */
static void test_wrap_around(void **state)
{
    (void)state;
    const int32_t narrow[] = {INT32_MAX, INT32_MIN};
    const int64_t wide[] = {INT64_MAX, INT64_MIN};
    CLEANUP(buffer_release) struct buffer out = {0};
    delta_packed_encode32(&out, narrow, 2);
    assert_bytes(&out, "80 01 04 02 FE FF FF FF 0F 02 00 00 00 00");
    buffer_reset(&out);
    delta_packed_encode64(&out, wide, 2);
    assert_bytes(&out, "80 01 04 02 FE FF FF FF FF FF FF FF FF 01 02 00 00 00 00");
}

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

static uint64_t unzigzag(uint64_t value)
{
    return value >> 1 ^ -(value & 1);
}

/* Fills `values`, whose bits above the type's width are undefined; returns the data's end. */
static const uint8_t *decode(const uint8_t *at, unsigned most_bits, uint64_t *values, size_t count)
{
    size_t block = varint_take(&at), miniblocks = varint_take(&at);
    assert_true(block % 128 == 0 && block / miniblocks % 32 == 0);
    assert_int_equal(varint_take(&at), count);
    uint64_t value = unzigzag(varint_take(&at));
    if (count > 0)
        values[0] = value;
    for (size_t i = 1; i < count;) {
        uint64_t least = unzigzag(varint_take(&at));
        const uint8_t *widths = at;
        at += miniblocks;
        for (size_t mini = 0; mini < miniblocks; mini++) {
            assert_true(widths[mini] <= most_bits);
            if (i >= count) {
                assert_int_equal(widths[mini], 0);
                continue;
            }
            for (size_t k = 0; k < block / miniblocks; k++) {
                uint64_t difference = 0;
                for (unsigned bit = 0; bit < widths[mini]; bit++)
                    difference |= (uint64_t)bit_get(at, k * widths[mini] + bit) << bit;
                if (i < count)
                    values[i++] = value += least + difference;
                else
                    assert_int_equal(difference, 0);
            }
            at += block / miniblocks * widths[mini] / 8;
        }
    }
    return at;
}

/* Values whose differences have about `bits` bits, around the whole range of the type. */
static void fill(int64_t *values, size_t count, unsigned bits, uint64_t *random)
{
    uint64_t value = check_random(random);
    for (size_t i = 0; i < count; i++) {
        values[i] = (int64_t)value;
        value += bits == 0 ? 3 : check_random(random) >> (64 - bits);
    }
}

static void round_trip(const int64_t *values, size_t count)
{
    uint64_t decoded[MOST];
    int32_t narrow[MOST];
    CLEANUP(buffer_release) struct buffer out = {0}, out32 = {0};
    delta_packed_encode64(&out, values, count);
    const uint8_t *end = decode((const uint8_t *)out.data, 64, decoded, count);
    assert_ptr_equal(end, out.data + out.len);
    for (size_t i = 0; i < count; i++) {
        assert_true((int64_t)decoded[i] == values[i]);
        narrow[i] = (int32_t)values[i];
    }
    delta_packed_encode32(&out32, narrow, count);
    end = decode((const uint8_t *)out32.data, 32, decoded, count);
    assert_ptr_equal(end, out32.data + out32.len);
    for (size_t i = 0; i < count; i++)
        assert_true((int32_t)decoded[i] == narrow[i]);
}

static void test_round_trip(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 32, 33, 34, 128, 129, 130, 257, MOST};
    int64_t values[MOST];
    uint64_t random = 5;
    for (unsigned bits = 0; bits <= 64; bits++)
        for (size_t i = 0; i < COUNT(counts); i++) {
            fill(values, counts[i], bits, &random);
            round_trip(values, counts[i]);
        }
}

/* Where the differences are alike everywhere, the estimate is about what comes out. */
static void test_estimate(void **state)
{
    (void)state;
    enum { VALUES = 50000 };
    int64_t *values = mem_alloc(VALUES * sizeof *values);
    uint64_t random = 6;
    for (unsigned bits = 0; bits <= 64; bits += 8) {
        CLEANUP(buffer_release) struct buffer out = {0};
        fill(values, VALUES, bits, &random);
        delta_packed_encode64(&out, values, VALUES);
        size_t estimate = delta_packed_estimate64(values, VALUES);
        assert_in_range(estimate, out.len - out.len / 16, out.len + out.len / 16 + 64);
    }
    mem_free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_wrap_around),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_estimate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
