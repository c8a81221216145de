/* Times as text. */
#include "unit.h"

static void test_seconds(void **state)
{
    static const struct {
        int64_t unix_s;
        const char *text, *basic;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z", "19700101T000000Z"},
        {1541105830, "2018-11-01T20:57:10Z", "20181101T205710Z"},
        {951782399, "2000-02-28T23:59:59Z", "20000228T235959Z"},
        {951782400, "2000-02-29T00:00:00Z", "20000229T000000Z"},
        {-1, "1969-12-31T23:59:59Z", "19691231T235959Z"},
        {-62135596800, "0001-01-01T00:00:00Z", "00010101T000000Z"},
        {253402300800, "10000-01-01T00:00:00Z", "100000101T000000Z"},
        {INT64_MAX, "", ""}, /* no year of struct tm */
        {INT64_MIN, "", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[UTC_TEXT];
        utc_text(rows[i].unix_s, text);
        assert_string_equal(text, rows[i].text);
        utc_text_basic(rows[i].unix_s, text);
        assert_string_equal(text, rows[i].basic);
    }
}

static void test_milliseconds(void **state)
{
    static const struct {
        int64_t unix_ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1541105830796, "2018-11-01T20:57:10.796Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {-1000, "1969-12-31T23:59:59.000Z"},
        {INT64_MAX, "292278994-08-17T07:12:55.807Z"},
        {INT64_MIN, "-292275055-05-16T16:47:04.192Z"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[UTC_TEXT];
        utc_text_ms(rows[i].unix_ms, text);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_milliseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
