/* The distinct start times of a month, ascending, with the calendar's columns as libc has them. */
#include "builtin.h"
#include "unit.h"

#include "times.h"

#include <calendar.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TIMES 2000

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static size_t sort_distinct(int64_t *times, size_t count)
{
    size_t kept = 0;
    qsort(times, count, sizeof *times, by_time);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || times[kept - 1] != times[i])
            times[kept++] = times[i];
    return kept;
}

static void check_row(const struct parquet_column *view, size_t row, int64_t ts_ms)
{
    time_t seconds = ts_ms / 1000;
    struct tm libc;
    char week[8];
    gmtime_r(&seconds, &libc);
    strftime(week, sizeof week, "%V", &libc);
    assert_int_equal(view[0].int64s[row], ts_ms * 1000); /* microseconds */
    assert_int_equal(view[1].int32s[row], libc.tm_hour);
    assert_int_equal(view[2].int32s[row], libc.tm_mday);
    assert_int_equal(view[3].int32s[row], atoi(week));
    assert_int_equal(view[4].int32s[row], libc.tm_wday + 1);
}

/* Reads the month `page` rows at a time. */
static void check_month(const struct times *times, uint32_t month, const int64_t *expected,
                        size_t count, size_t page)
{
    struct columns columns;
    columns_init(&columns, model_builtin(), table_of("time"));
    assert_int_equal(times_count(times, month), count);
    for (size_t skip = 0; skip < count; skip += page) {
        struct parquet_column view[MODEL_MAX_COLUMNS];
        columns_reset(&columns);
        int64_t values[TIMES];
        size_t listed = times_list(times, month, skip, page, values);
        times_add_rows(times, builtin_table("time"), values, listed, &columns);
        assert_int_equal(columns.rows, count - skip < page ? count - skip : page);
        columns_view(&columns, view);
        for (size_t row = 0; row < columns.rows; row++)
            check_row(view, row, expected[skip + row]);
    }
    columns_release(&columns);
}

static void test_rows_of_months(void **state)
{
    static const uint32_t months[] = {0, 1, (2018 - 1970) * 12 + 10, (2000 - 1970) * 12 + 1,
                                      MONTH_LIMIT - 1};
    static const size_t pages[] = {1, 7, 1000, TIMES};
    int64_t expected[TIMES];
    uint64_t random = 23;
    (void)state;
    for (size_t i = 0; i < COUNT(months); i++) {
        CLEANUP(times_release) struct times times;
        int64_t begin = month_begin_day(months[i]) * MS_PER_DAY,
                end = month_begin_day(months[i] + 1) * MS_PER_DAY;
        times_init(&times, 1000);
        for (size_t j = 0; j < TIMES; j++) {
            expected[j] = begin + (int64_t)(random_next(&random) % (uint64_t)(end - begin));
            if (j % 4 == 0) /* close together, and equal ones */
                expected[j] = begin + (int64_t)random_below(&random, 300);
        }
        expected[1] = begin;
        expected[2] = end - 1;
        for (size_t j = 0; j < TIMES; j++)
            times_add(&times, &expected[j], 1);
        times_add(&times, expected, TIMES); /* again, and all at once */
        times_finish(&times, NULL);
        size_t count = sort_distinct(expected, TIMES);
        assert_true(count < TIMES);
        for (size_t page = 0; page < COUNT(pages); page++)
            check_month(&times, months[i], expected, count, pages[page]);
        assert_int_equal(times_count(&times, 5), 0);
    }
}

/* In each unit: what is in others, too, is removed; times that are no whole milliseconds are among
 * the rest in their order. */
static void test_units(void **state)
{
    static const int64_t units_us[] = {1, 1000, 1000000};
    uint64_t random = 5;
    (void)state;
    for (size_t i = 0; i < COUNT(units_us); i++) {
        CLEANUP(times_release) struct times times, others;
        int64_t all[TIMES], got[TIMES], month = month_begin_day(580) * (86400000000 / units_us[i]);
        times_init(&times, units_us[i]);
        times_init(&others, units_us[i]);
        for (size_t j = 0; j < TIMES; j++) {
            all[j] = month + (int64_t)random_below(&random, 1500) * (j % 3 ? 1 : 1000);
            times_add(&times, &all[j], 1);
        }
        size_t count = sort_distinct(all, TIMES), kept = 0;
        for (size_t j = 0; j < count; j++)
            if (j % 3 == 0)
                times_add(&others, &all[j], 1);
            else
                all[kept++] = all[j];
        times_finish(&times, &others);
        assert_int_equal(times_count(&times, 580), kept);
        for (size_t skip = 0; skip < kept; skip += 100) {
            size_t listed = times_list(&times, 580, skip, 100, got);
            assert_int_equal(listed, kept - skip < 100 ? kept - skip : 100);
            assert_memory_equal(got, all + skip, listed * sizeof *got);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows_of_months),
                                       cmocka_unit_test(test_units)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
