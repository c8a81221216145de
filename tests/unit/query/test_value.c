/* Doubles and timestamps as text. */
#include "unit.h"

#include "value.h"

#include <math.h>

static void test_doubles(void **state)
{
    const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},          {1.5, "1.5"},
        {0.1, "0.1"},      {1.0 / 3, "0.3333333333333333"},
        {1e300, "1e+300"}, {-2.5, "-2.5"},
        {INFINITY, "inf"}, {-INFINITY, "-inf"},
        {NAN, "nan"},      {0.1 + 0.2, "0.30000000000000004"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        query_append_double(&out, cases[i].value);
        if (strcmp(buffer_text(&out), cases[i].text) != 0)
            fail_msg("case %zu: %s", i, buffer_text(&out));
    }
}

static void test_timestamps(void **state)
{
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00"},        {INT64_C(1541106106796000), "2018-11-01T21:01:46.796"},
        {1, "1970-01-01T00:00:00.000001"}, {-1, "1969-12-31T23:59:59.999999"},
        {500000, "1970-01-01T00:00:00.5"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        query_append_timestamp(&out, cases[i].us, 'T');
        if (strcmp(buffer_text(&out), cases[i].text) != 0)
            fail_msg("case %zu: %s", i, buffer_text(&out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_doubles),
                                       cmocka_unit_test(test_timestamps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
