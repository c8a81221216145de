/* integer_decode: the bytes of the encoders are read back; truncated and damaged ones are rejected.
 */
#include "integer_decode.h"

#include "check.h"
#include "encodings.h"

#define MAX_VALUES 1000

/* Values with repetitions, as codes have them. */
static void fill(uint32_t *values, size_t count, unsigned width, uint64_t *random)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++) {
        if (check_random(random) % 8 == 0)
            value = width == 0 ? 0 : (uint32_t)(check_random(random) >> (64 - width));
        values[i] = value;
    }
}

static void test_hybrid_round_trip(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (unsigned width = 0; width <= 32; width++)
        for (size_t count = 0; count < MAX_VALUES; count = count * 2 + 1) {
            uint32_t values[MAX_VALUES], read[MAX_VALUES];
            CLEANUP(buffer_release) struct buffer out = {0};
            fill(values, count, width, &random);
            buffer_reserve(&out, 1);
            rle_encode(&out, values, count, width);
            assert_true(rle_decode(buffer_str(&out), width, read, count));
            for (size_t i = 0; i < count; i++)
                assert_int_equal(read[i], values[i]);
        }
}

static const struct {
    const char *what;
    struct str bytes;
    unsigned width;
    size_t count;
} bad_hybrids[] = {
    {"no bytes", {"", 0}, 1, 1},
    {"a header alone", {"\x10", 1}, 1, 8},
    {"a run of no values", {"\x00\x01", 2}, 1, 1},
    {"a bit-packed run of no groups", {"\x01", 1}, 1, 1},
    {"a run longer than the values", {"\x12\x01", 2}, 1, 8},
    {"fewer values than are wanted", {"\x0E\x01", 2}, 1, 8},
    {"a value with more bits than its width", {"\x10\x02", 2}, 1, 8},
    {"a group that is cut off", {"\x03\xFF", 2}, 2, 8},
    {"a varint without an end", {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 11}, 1, 8},
    {"a width of 33 bits", {"\x10\x00\x00\x00\x00\x00", 6}, 33, 8},
};

static void test_bad_hybrids(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_hybrids); i++) {
        uint32_t read[16];
        if (rle_decode(bad_hybrids[i].bytes, bad_hybrids[i].width, read, bad_hybrids[i].count))
            fail_msg("%s is read", bad_hybrids[i].what);
    }
}

static void test_delta_round_trip(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (unsigned bits = 1; bits <= 64; bits += 9)
        for (size_t count = 0; count < MAX_VALUES; count = count * 2 + 1) {
            int64_t values[MAX_VALUES], read[MAX_VALUES];
            CLEANUP(buffer_release) struct buffer out = {0};
            for (size_t i = 0; i < count; i++)
                values[i] = (int64_t)(check_random(&random) >> (64 - bits));
            delta_packed_encode64(&out, values, count);
            assert_true(delta_packed_decode(buffer_str(&out), read, count));
            for (size_t i = 0; i < count; i++)
                assert_true(read[i] == values[i]);
            assert_false(delta_packed_decode(buffer_str(&out), read, count + 1));
        }
}

static void test_cut_deltas(void **state)
{
    (void)state;
    int64_t values[300], read[300];
    uint64_t random = 1;
    CLEANUP(buffer_release) struct buffer out = {0};
    for (size_t i = 0; i < COUNT(values); i++)
        values[i] = (int64_t)check_random(&random);
    delta_packed_encode64(&out, values, COUNT(values));
    for (size_t len = 0; len < out.len; len++) {
        CLEANUP(buffer_release)
        struct buffer cut = {0}; /* of exactly this size, for the sanitizer */
        cut.data = mem_alloc(len + (len == 0));
        memcpy(cut.data, out.data, len);
        assert_false(delta_packed_decode((struct str){cut.data, len}, read, COUNT(values)));
    }
}

static const struct {
    const char *what;
    struct str bytes;
} bad_deltas[] = {
    {"no bytes", {"", 0}},
    {"no miniblocks", {"\x80\x01\x00\x02\x00", 5}},
    {"miniblocks that are no multiple of 8", {"\x0C\x04\x02\x00\x00", 5}},
    {"blocks that are no multiple of the miniblocks", {"\x21\x04\x02\x00\x00", 5}},
    {"a width of 65 bits", {"\x80\x01\x04\x02\x00\x00\x41\x00\x00\x00", 10}},
};

static void test_bad_deltas(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_deltas); i++) {
        int64_t read[2];
        if (delta_packed_decode(bad_deltas[i].bytes, read, COUNT(read)))
            fail_msg("%s is read", bad_deltas[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hybrid_round_trip), cmocka_unit_test(test_bad_hybrids),
        cmocka_unit_test(test_delta_round_trip),  cmocka_unit_test(test_cut_deltas),
        cmocka_unit_test(test_bad_deltas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
