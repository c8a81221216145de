/* number_dictionary: codes in the order of first use, also when the table grows. */
#include "number_dictionary.h"

#include "check.h"

static uint64_t value_of(uint32_t code)
{
    return (uint64_t)code * 0x100000001u - 5; /* differs in both halves */
}

static void test_codes(void **state)
{
    (void)state;
    struct number_dictionary numbers = {0};
    for (int round = 0; round < 3; round++) {
        uint32_t count = round == 0 ? 100000 : 100;
        number_dictionary_reset(&numbers);
        for (uint32_t code = 0; code < count; code++) {
            assert_int_equal(number_dictionary_add(&numbers, value_of(code)), code);
            assert_int_equal(number_dictionary_add(&numbers, value_of(code / 2)), code / 2);
        }
        assert_int_equal(numbers.count, count);
        for (uint32_t code = 0; code < count; code++)
            assert_true(numbers.values[code] == value_of(code));
    }
    number_dictionary_release(&numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_codes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
