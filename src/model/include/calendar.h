/* Days and dates: proleptic Gregorian, UTC. */
#pragma once

#include <base.h>

struct calendar_date {
    int32_t year, month, day;
};
/* The date of a day, and the day of a date. */
struct calendar_date calendar_date_of_days(int64_t days_since_1970);
int64_t calendar_days_of_date(int32_t year, int32_t month, int32_t day);
/* The day of "2018-11-30", of a year from 1 on; false where the text is none. */
bool calendar_parse(struct str text, int64_t *days_since_1970);

/* 1 = Sunday … 7 = Saturday, as Spark's dayofweek. */
int32_t calendar_weekday_of_days(int64_t days_since_1970);
/* ISO 8601 week, as Spark's weekofyear. */
int32_t calendar_iso_week_of_days(int64_t days_since_1970);

#define MS_PER_DAY  INT64_C(86400000)
#define MS_PER_HOUR INT64_C(3600000)
