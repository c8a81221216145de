/* bits: packing and bitmaps compared with loops over single bits. */
#include "bits.h"

#include "check.h"

#define VALUES 64

/* Encodings.md, "RLE", note 1. */
static void test_the_specifications_example(void **state)
{
    (void)state;
    const uint32_t values[] = {0, 1, 2, 3, 4, 5, 6, 7};
    CLEANUP(buffer_release) struct buffer out = {0};
    uint8_t *at = (uint8_t *)buffer_reserve(&out, 3 + BITS_PACK_SLACK);
    out.len = (size_t)(bits_pack32(values, COUNT(values), 3, at) - at);
    assert_bytes(&out, "88 C6 FA"); /* 10001000 11000110 11111010 */
}

static uint64_t unpack(const uint8_t *bytes, size_t i, unsigned width)
{
    uint64_t value = 0;
    for (unsigned bit = 0; bit < width; bit++)
        value |= (uint64_t)bit_get(bytes, i * width + bit) << bit;
    return value;
}

static void test_every_width(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (unsigned width = 0; width <= 64; width++) {
        uint64_t wide[VALUES];
        uint32_t narrow[VALUES];
        uint8_t bytes[VALUES * 8 + BITS_PACK_SLACK];
        for (size_t i = 0; i < VALUES; i++) {
            wide[i] = width == 0 ? 0 : check_random(&random) >> (64 - width);
            narrow[i] = (uint32_t)wide[i];
        }
        assert_ptr_equal(bits_pack64(wide, VALUES, width, bytes), bytes + VALUES / 8 * width);
        for (size_t i = 0; i < VALUES; i++)
            assert_true(unpack(bytes, i, width) == wide[i]);
        if (width > 32)
            continue;
        assert_ptr_equal(bits_pack32(narrow, VALUES, width, bytes), bytes + VALUES / 8 * width);
        for (size_t i = 0; i < VALUES; i++)
            assert_true(unpack(bytes, i, width) == narrow[i]);
    }
}

static void test_bit_width(void **state)
{
    (void)state;
    assert_int_equal(bit_width(0), 0);
    for (unsigned width = 1; width <= 64; width++) {
        assert_int_equal(bit_width(UINT64_MAX >> (64 - width)), width);
        assert_int_equal(bit_width((uint64_t)1 << (width - 1)), width);
    }
}

/* Every start and length in a bitmap that ends where an allocation ends, so that ASan sees each
 * byte read beyond it. */
static void test_bitmaps(void **state)
{
    (void)state;
    enum { BITS = 150 };
    uint64_t random = 2;
    for (size_t start = 0; start <= 20; start++) {
        for (size_t count = 0; start + count <= BITS; count++) {
            size_t bytes = (start + count + 7) / 8;
            uint8_t *bits = mem_alloc(bytes + (bytes == 0));
            uint8_t copy[BITS / 8 + 2];
            size_t set = 0;
            for (size_t i = 0; i < bytes; i++)
                bits[i] = (uint8_t)check_random(&random);
            memset(copy, 0xAA, sizeof copy);
            bits_copy(bits, start, count, copy);
            for (size_t i = 0; i < (count + 7) / 8 * 8; i++) {
                bool bit = i < count && bit_get(bits, start + i);
                assert_int_equal(bit_get(copy, i), bit);
                set += bit;
            }
            assert_int_equal(copy[(count + 7) / 8], 0xAA);
            assert_int_equal(bits_count(bits, start, count), set);
            mem_free(bits);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_specifications_example),
        cmocka_unit_test(test_every_width),
        cmocka_unit_test(test_bit_width),
        cmocka_unit_test(test_bitmaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
