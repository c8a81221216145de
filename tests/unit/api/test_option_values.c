/* Values of options: what each parser accepts, and the limits of each. */
#include "unit.h"

#include <options.h>

#define REFUSED INT64_MIN

/* The value as a number, whatever type the parser has; REFUSED where it does not accept the text.
 */
static int64_t parse(option_parse_fn *parser, const char *text, size_t size)
{
    struct error error;
    int64_t value = 0;
    if (parser(text, &value, &error) == STATUS_OK)
        return size == sizeof(unsigned) ? (int64_t) * (unsigned *)(void *)&value : value;
    assert_int_equal(error.status, STATUS_USAGE);
    assert_non_null(strstr(error.message, "expected "));
    return REFUSED;
}

static void test_numbers(void **state)
{
    static const struct {
        option_parse_fn *parser;
        size_t size;
        const char *text;
        int64_t value;
    } cases[] = {
        {option_parse_count, 8, "0", 0},
        {option_parse_count, 8, "9223372036854775807", INT64_MAX},
        {option_parse_count, 8, "9223372036854775808", REFUSED},
        {option_parse_count, 8, "18446744073709551616", REFUSED},
        {option_parse_count, 8, "-1", REFUSED},
        {option_parse_count, 8, "+1", REFUSED},
        {option_parse_count, 8, " 1", REFUSED},
        {option_parse_count, 8, "1x", REFUSED},
        {option_parse_count, 8, "", REFUSED},
        {option_parse_positive, 4, "1", 1},
        {option_parse_positive, 4, "1024", 1024},
        {option_parse_positive, 4, "0", REFUSED},
        {option_parse_positive, 4, "1025", REFUSED},
        {option_parse_seconds, 4, "0", 0},
        {option_parse_seconds, 4, "86400", 86400},
        {option_parse_seconds, 4, "86401", REFUSED},
        {option_parse_duration, 8, "90s", 90000},
        {option_parse_duration, 8, "0s", 0},
        {option_parse_duration, 8, "2h", 7200000},
        {option_parse_duration, 8, "36500d", INT64_C(36500) * 86400000},
        {option_parse_duration, 8, "36501d", REFUSED},
        {option_parse_duration, 8, "10", REFUSED},
        {option_parse_duration, 8, "m", REFUSED},
        {option_parse_duration, 8, "1w", REFUSED},
        {option_parse_duration, 8, "", REFUSED},
        {option_parse_day, 8, "1970-01-02", INT64_C(86400000000)},
        {option_parse_day, 8, "2016-02-29", INT64_C(1456704000000000)},
        {option_parse_day, 8, "2018-02-29", REFUSED},
        {option_parse_day, 8, "2018-02-30", REFUSED},
        {option_parse_day, 8, "2018-13-01", REFUSED},
        {option_parse_day, 8, "1969-12-31", REFUSED},
        {option_parse_day, 8, "2018-1-1", REFUSED},
        {option_parse_day, 8, "2018-11-01T", REFUSED},
        {option_parse_size, 8, "500", 500},
        {option_parse_size, 8, "500M", INT64_C(500) << 20},
        {option_parse_size, 8, "2G", INT64_C(2) << 30},
        {option_parse_size, 8, "1T", INT64_C(1) << 40},
        {option_parse_size, 8, "8388608T", REFUSED},
        {option_parse_size, 8, "2GB", REFUSED},
        {option_parse_size, 8, "2X", REFUSED},
        {option_parse_size, 8, "G", REFUSED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t value = parse(cases[i].parser, cases[i].text, cases[i].size);
        if (value != cases[i].value)
            fail_msg("case %zu: '%s' is %lld", i, cases[i].text, (long long)value);
    }
}

static void test_shares(void **state)
{
    static const char *const refused[] = {"", "1.1", "-0.1", "nan", "0.5x", "a half"};
    struct error error;
    double share = -1;
    (void)state;
    ASSERT_OK(option_parse_share("0.25", &share, &error), error);
    assert_true(share == 0.25);
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_int_equal(option_parse_share(refused[i], &share, &error), STATUS_USAGE);
}

static void test_words(void **state)
{
    static const struct option_word words[] = {{"zstd", 3}, {"snappy", 1}, {"none", 0}, {NULL, 0}};
    struct error error;
    int value = -1;
    (void)state;
    ASSERT_OK(option_parse_word(words, "snappy", &value, &error), error);
    assert_int_equal(value, 1);
    assert_int_equal(option_parse_word(words, "zsdt", &value, &error), STATUS_USAGE);
    assert_string_equal(error.message, "expected zstd, snappy or none");
    assert_string_equal(error.hint, "did you mean zstd?");
    assert_int_equal(option_parse_word(words, "brotli", &value, &error), STATUS_USAGE);
    assert_string_equal(error.hint, "");
    assert_int_equal(value, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
