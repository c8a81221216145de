/* Periods of times in each unit, and their folders. */
#include "unit.h"

#include "period.h"

static const struct model_column columns[] = {
    {.name = "year", .origin = FROM_CALENDAR, .part = CALENDAR_YEAR},
    {.name = "month", .origin = FROM_CALENDAR, .part = CALENDAR_MONTH},
    {.name = "day", .origin = FROM_CALENDAR, .part = CALENDAR_DAY},
    {.name = "hour", .origin = FROM_CALENDAR, .part = CALENDAR_HOUR},
};

/* 2024-02-29T23:59:59 */
#define LEAP_S INT64_C(1709251199)

static void test_folders(void **state)
{
    static const struct {
        int partitions[MODEL_MAX_PARTITIONS];
        size_t count;
        const char *folder;
        int64_t begin_s, end_s;
    } cases[] = {
        {{0}, 0, "", 0, INT64_C(253402300800)},
        {{0}, 1, "year=2024", 1704067200, 1735689600},
        {{1}, 1, "month=2", 1706745600, 1709251200},
        {{0, 1}, 2, "year=2024/month=2", 1706745600, 1709251200},
        {{2}, 1, "day=29", 1709164800, 1709251200},
        {{0, 1, 2}, 3, "year=2024/month=2/day=29", 1709164800, 1709251200},
        {{3, 0}, 2, "hour=23/year=2024", 1709247600, 1709251200},
        {{0, 1, 2, 3}, 4, "year=2024/month=2/day=29/hour=23", 1709247600, 1709251200},
    };
    static const enum model_time_form forms[] = {TIME_SECONDS, TIME_MILLISECONDS, TIME_MICROSECONDS,
                                                 TIME_ISO_8601};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t form = 0; form < COUNT(forms); form++) {
            struct model_table table = {.columns = columns, .column_count = COUNT(columns)};
            struct period_layout layout;
            CLEANUP(buffer_release) struct buffer folder = {0};
            int64_t second = 1000000 / model_time_unit_us(forms[form]);
            memcpy(table.partitions, cases[i].partitions, sizeof table.partitions);
            table.partition_count = cases[i].count;
            period_layout_init(&layout, &table, forms[form]);
            struct period_stretch found = period_of_time(&layout, LEAP_S * second + second - 1);
            assert_int_equal(found.begin, cases[i].begin_s * second);
            assert_int_equal(found.end, cases[i].end_s * second);
            assert_int_equal(period_of_time(&layout, found.begin).period, found.period);
            assert_int_equal(period_of_time(&layout, found.end - 1).period, found.period);
            period_folder(&folder, &layout, found.period);
            assert_string_equal(buffer_text(&folder), cases[i].folder);
            buffer_append_str(&folder, STR("/part-00000-x.parquet"));
            assert_int_equal(period_of_key(&layout, buffer_str(&folder)), found.period);
        }
}

static void test_keys_of_no_period(void **state)
{
    static const char *const keys[] = {"year=1969/month=1/x",
                                       "year=10000/month=1/x",
                                       "year=2018/month=13/x",
                                       "year=2018/x",
                                       "x",
                                       "year=__HIVE_DEFAULT_PARTITION__/month=1/x"};
    struct model_table table = {.columns = columns,
                                .column_count = COUNT(columns),
                                .partitions = {0, 1},
                                .partition_count = 2};
    struct period_layout layout;
    (void)state;
    period_layout_init(&layout, &table, TIME_MILLISECONDS);
    for (size_t i = 0; i < COUNT(keys); i++)
        assert_int_equal(period_of_key(&layout, str_of(keys[i])), PERIOD_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_folders),
                                       cmocka_unit_test(test_keys_of_no_period)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
