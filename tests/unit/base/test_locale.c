/* Numbers in text, whatever the locale. */
#include "unit.h"

#include <stdio.h>

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        double number;
        size_t len; /* of the number in the text */
    } rows[] = {
        {"1.5", 1.5, 3}, {"-2e3x", -2000, 4}, {"0.1,2", 0.1, 3},
        {"", 0, 0},      {"x", 0, 0},         {" 7", 7, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *end;
        assert_true(double_parse(rows[i].text, &end) == rows[i].number);
        assert_int_equal(end - rows[i].text, rows[i].len);
        assert_true(str_parse_double(str_of(rows[i].text)) == rows[i].number);
    }
    assert_true(str_parse_double((struct str){"123", 2}) == 12); /* no byte behind it is read */
}

/* The machine may have no other locale than C: the thread's locale is another object all the same.
 */
static void test_a_thread_gets_its_locale_back(void **state)
{
    char text[16];
    (void)state;
    locale_t own = newlocale(LC_ALL_MASK, "POSIX", (locale_t)0);
    locale_t first = uselocale(own);
    locale_t before = locale_use_c();
    assert_ptr_equal(before, own);
    snprintf(text, sizeof text, "%.1f", 0.5);
    assert_string_equal(text, "0.5");
    locale_restore(before);
    assert_ptr_equal(uselocale((locale_t)0), own);
    uselocale(first);
    freelocale(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_a_thread_gets_its_locale_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
