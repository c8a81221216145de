/* page_crc: the same as zlib's, of all lengths and alignments. */
#include "page_crc.h"

#include "check.h"

#include <zlib.h>

static void test_lengths(void **state)
{
    enum { LONGEST = 400 };
    char bytes[LONGEST + 16];
    uint64_t random = 7;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)check_random(&random);
    for (size_t len = 0; len <= LONGEST; len++)
        for (size_t from = 0; from < 16; from++)
            assert_int_equal(page_crc((struct str){bytes + from, len}),
                             crc32_z(0, (const Bytef *)bytes + from, len));
    /* The check value of the CRC catalogue, and no bytes at all. */
    assert_int_equal(page_crc(STR("123456789")), 0xCBF43926);
    assert_int_equal(page_crc(STR("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lengths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
