/* The limit of rejects. */
#include "builtin.h"
#include "unit.h"

#include <run.h>

#include <stdio.h>

static struct reject_limit number(uint64_t count)
{
    return (struct reject_limit){.count = count};
}

static struct reject_limit percent(double share)
{
    return (struct reject_limit){.is_percent = true, .percent = share};
}

static void test_reject_limits(void **state)
{
    const struct {
        struct reject_limit limit;
        uint64_t rejected, records;
        bool is_over;
        const char *allowed;
    } cases[] = {
        {percent(1), 0, 0, false, NULL},
        {percent(1), 1, 100, false, NULL},
        {percent(1), 2, 100, true, "at most 1 % may be"},
        {percent(1), 1, 99, true, "at most 1 % may be"},
        {percent(1), 80, 8056, false, NULL},
        {percent(1), 81, 8056, true,
         "81 of 8056 songs records were rejected (1 not_json, 80 wrong_type); at most 1 % may "
         "be"},
        {percent(29), 29, 100, false, NULL}, /* 0.29 * 100 is less than 29 */
        {percent(57), 57, 100, false, NULL},
        {percent(0), 1, 1000000, true, "at most 0 % may be"},
        {percent(0.5), 1, 200, false, NULL},
        {percent(0.5), 1, 199, true, "at most 0.5 % may be"},
        {percent(100), 10, 10, false, NULL},
        {number(0), 0, 10, false, NULL},
        {number(0), 1, 10, true,
         "1 of 10 songs records were rejected (1 not_json); at most 0 may be"},
        {number(3), 3, 3, false, NULL},
        {number(3), 4, 1000, true, "at most 3 may be"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run_report report = {.model = model_builtin()};
        struct error error = {0};
        report.sources[source_of("songs")].records = cases[i].records;
        report.sources[source_of("songs")].rejected = cases[i].rejected;
        if (cases[i].rejected) {
            report.sources[source_of("songs")].rejected_by_code[REJECT_NOT_JSON] = 1;
            report.sources[source_of("songs")].rejected_by_code[REJECT_WRONG_TYPE] =
                cases[i].rejected - 1;
        }
        snprintf(report.rejects_path, sizeof report.rejects_path, "lake/_rejects");
        enum status status = run_check_rejects(&report, &cases[i].limit, &error);
        if (status != (cases[i].is_over ? STATUS_TOO_MANY_REJECTS : STATUS_OK))
            fail_msg("%d of %d: %s", (int)cases[i].rejected, (int)cases[i].records, error.message);
        if (!cases[i].is_over)
            continue;
        assert_non_null(strstr(error.message, cases[i].allowed));
        assert_non_null(strstr(error_hint_text(&error), "lake/_rejects"));
    }
}

static void test_the_limit_holds_for_each_source(void **state)
{
    struct run_report report = {.model = model_builtin()};
    struct reject_limit limit = number(5);
    struct error error = {0};
    (void)state;
    report.sources[source_of("songs")].rejected = 5;
    report.sources[source_of("logs")].rejected = 5;
    assert_int_equal(run_check_rejects(&report, &limit, &error), STATUS_OK);
    report.sources[source_of("logs")].rejected = 6;
    assert_int_equal(run_check_rejects(&report, &limit, &error), STATUS_TOO_MANY_REJECTS);
    assert_non_null(strstr(error.message, "logs records"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reject_limits),
        cmocka_unit_test(test_the_limit_holds_for_each_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
