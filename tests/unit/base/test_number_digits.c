/* Numbers as text: printf is the judge. */
#include "unit.h"

#include <math.h>
#include <stdio.h>

static void check_double(double number)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%.17g", number);
    buffer_append_double(&text, number);
    if (strcmp(buffer_text(&text), wanted) != 0)
        fail_msg("%a: %s, but printf says %s", number, buffer_text(&text), wanted);
}

static void test_whole_numbers(void **state)
{
    static const int64_t numbers[] = {
        0, 1, -1, 9, 10, -10, 1000, INT64_MAX, INT64_MIN, INT64_MIN + 1, 99, 100, 1541105830, -42};
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        char wanted[64];
        snprintf(wanted, sizeof wanted, "%lld %llu", (long long)numbers[i],
                 (unsigned long long)numbers[i]);
        buffer_append_int64(&text, numbers[i]);
        buffer_append_char(&text, ' ');
        buffer_append_uint64(&text, (uint64_t)numbers[i]);
        assert_string_equal(buffer_text(&text), wanted);
    }
}

static void test_doubles_that_are_hard(void **state)
{
    static const double numbers[] = {
        0.0,
        -0.0,
        1,
        -1,
        0.1,
        218.93179,
        1e-4,
        0x1.a36e2eb1c432cp-14, /* below 1e-4 */
        9.9999999999999998e-4,
        0.99999999999999989,
        9.9999999999999982,
        99999999999999984,
        1e16,
        1e17,
        12345678901234568,
        9007199254740994,
        0.5,
        0.00048828125,
        4503599627370496.5,
        4503599627370497.5,
        1e-5,
        1e22,
        1e300,
        5e-324,
        1.7976931348623157e308,
        INFINITY,
        NAN,
    };
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++)
        check_double(numbers[i]);
}

static void test_doubles_beside_powers_of_ten(void **state)
{
    (void)state;
    for (int power = -6; power <= 19; power++) {
        double up = pow(10, power), down = up;
        for (int step = 0; step < 100; step++) {
            check_double(up);
            check_double(-down);
            up = nextafter(up, INFINITY);
            down = nextafter(down, 0);
        }
    }
}

static void test_doubles_of_any_bits(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 200000; i++) {
        uint64_t bits = hash_mix(1, i);
        double number;
        memcpy(&number, &bits, sizeof number);
        check_double(number);
        check_double(ldexp((double)(bits >> 11), (int)(i % 80) - 80));
        check_double((double)(bits >> 40) / 100000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_doubles_that_are_hard),
        cmocka_unit_test(test_doubles_beside_powers_of_ten),
        cmocka_unit_test(test_doubles_of_any_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
