/* Counts, sizes and times as text. */
#include "unit.h"

#include <number_text.h>

static void test_counts(void **state)
{
    static const struct {
        uint64_t count;
        const char *text;
    } cases[] = {
        {0, "0"},          {999, "999"},           {1000, "1,000"},
        {14896, "14,896"}, {1234567, "1,234,567"}, {UINT64_MAX, "18,446,744,073,709,551,615"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(number_count(cases[i].count).text, cases[i].text);
    assert_string_equal(number_of(1, "file", "files").text, "1 file");
    assert_string_equal(number_of(0, "file", "files").text, "0 files");
    assert_string_equal(number_of(14896, "file", "files").text, "14,896 files");
}

static void test_bytes(void **state)
{
    static const struct {
        double bytes;
        const char *text;
    } cases[] = {
        {0, "0 B"},
        {999, "999 B"},
        {1000, "1.0 KiB"},
        {1536, "1.5 KiB"},
        {100 * 1024, "100 KiB"},
        {3.6 * 1024 * 1024, "3.6 MiB"},
        {5000.0 * (1ull << 40), "5000 TiB"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(number_bytes(cases[i].bytes).text, cases[i].text);
}

static void test_seconds(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{0.984, "0.98 s"}, {59.9, "59.90 s"}, {60, "1 m 00 s"}, {125, "2 m 05 s"}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(number_seconds(cases[i].seconds).text, cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
