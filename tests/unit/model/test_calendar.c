/* The calendar against libc's, for every day of the years 1970 to 9999. */
#include "unit.h"

#include <calendar.h>
#include <model.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECONDS_PER_DAY 86400

static void check_day(int64_t days)
{
    time_t seconds = (time_t)days * SECONDS_PER_DAY;
    struct tm libc;
    char week[8];
    gmtime_r(&seconds, &libc);
    struct calendar_date date = calendar_date_of_days(days);
    if (date.year != libc.tm_year + 1900 || date.month != libc.tm_mon + 1 ||
        date.day != libc.tm_mday)
        fail_msg("day %lld is %d-%d-%d", (long long)days, date.year, date.month, date.day);
    if (calendar_days_of_date(date.year, date.month, date.day) != days)
        fail_msg("%d-%d-%d: %lld", date.year, date.month, date.day,
                 (long long)calendar_days_of_date(date.year, date.month, date.day));
    if (calendar_weekday_of_days(days) != libc.tm_wday + 1) /* 1 = Sunday … 7 = Saturday */
        fail_msg("day %lld: weekday %d", (long long)days, calendar_weekday_of_days(days));
    strftime(week, sizeof week, "%V", &libc);
    if (calendar_iso_week_of_days(days) != atoi(week))
        fail_msg("day %lld: week %d, not %s", (long long)days, calendar_iso_week_of_days(days),
                 week);
}

static void test_every_day_from_1970_to_9999(void **state)
{
    int64_t days = 0;
    (void)state;
    while (days * MS_PER_DAY <= MODEL_MAX_TS)
        check_day(days++);
    assert_int_equal(days, 2932897);
    assert_int_equal(calendar_days_of_date(10000, 1, 1) * MS_PER_DAY, MODEL_MAX_TS + 1);
}

/* Nothing asks for them, but a division that rounds to zero would show here. */
static void test_days_before_1970(void **state)
{
    (void)state;
    for (int64_t days = -1; days > calendar_days_of_date(1, 1, 1); days -= 97)
        check_day(days);
}

static void test_texts(void **state)
{
    static const struct {
        const char *text;
        int64_t days; /* -1: it is none */
    } cases[] = {
        {"1970-01-01", 0},  {"2018-11-30", 17865}, {"9999-12-31", 2932896}, {"2016-02-29", 16860},
        {"2018-02-29", -1}, {"2018-13-01", -1},    {"2018-00-01", -1},      {"2018-01-00", -1},
        {"2018-1-01", -1},  {"2018-11-3", -1},     {"2018-11-301", -1},     {"+018-11-30", -1},
        {"2018-11- 3", -1}, {"2018/11/30", -1},    {"0000-01-01", -1},      {"", -1},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        int64_t days = -1;
        if (!calendar_parse(str_of(cases[i].text), &days))
            days = -1;
        if (days != cases[i].days)
            fail_msg("'%s': %lld", cases[i].text, (long long)days);
    }
}

static void test_iso_weeks(void **state)
{
    static const struct {
        int32_t year, month, day, week;
    } cases[] = {
        {2018, 11, 1, 44}, {2018, 12, 31, 1}, {2017, 1, 1, 52},
        {2016, 1, 3, 53},  {2016, 1, 4, 1},   {2020, 12, 31, 53},
        {2021, 1, 3, 53},  {1970, 1, 1, 1},   {9999, 12, 31, 52},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(calendar_iso_week_of_days(
                             calendar_days_of_date(cases[i].year, cases[i].month, cases[i].day)),
                         cases[i].week);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day_from_1970_to_9999),
        cmocka_unit_test(test_days_before_1970),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_iso_weeks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
