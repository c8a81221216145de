/* Days and dates, UTC, proleptic Gregorian. A year is counted from 1 March, so that the leap day is
 * its last: the day of such a year follows from the month by one formula, (153 m + 2) / 5. */
#include <calendar.h>

#define DAYS_PER_ERA      146097 /* 400 years */
#define DAYS_BEFORE_EPOCH 719468 /* 0000-03-01 to 1970-01-01 */

struct calendar_date calendar_date_of_days(int64_t days_since_1970)
{
    int64_t days = days_since_1970 + DAYS_BEFORE_EPOCH;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int32_t day_of_era = (int32_t)(days - era * DAYS_PER_ERA);
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month_from_march = (5 * day_of_year + 2) / 153;
    int32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct calendar_date){
        .year = (int32_t)(era * 400) + year_of_era + (month <= 2),
        .month = month,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
    };
}

int64_t calendar_days_of_date(int32_t year, int32_t month, int32_t day)
{
    int64_t shifted = (int64_t)year - (month <= 2);
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int32_t year_of_era = (int32_t)(shifted - era * 400);
    int32_t month_from_march = month > 2 ? month - 3 : month + 9;
    int32_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_BEFORE_EPOCH;
}

bool calendar_parse(struct str text, int64_t *days_since_1970)
{
    int32_t parts[3] = {0}, part = 0;
    if (text.len != strlen("2018-11-30"))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(text.data[i] - '0');
        if (i == 4 || i == 7 ? text.data[i] != '-' : digit > 9)
            return false;
        if (i == 4 || i == 7)
            part++;
        else
            parts[part] = parts[part] * 10 + (int32_t)digit;
    }
    *days_since_1970 = calendar_days_of_date(parts[0], parts[1], parts[2]);
    /* February 30 is the day of another date. */
    struct calendar_date date = calendar_date_of_days(*days_since_1970);
    return date.year > 0 && date.month == parts[1] && date.day == parts[2];
}

/* 1970-01-01 was a Thursday. */
int32_t calendar_weekday_of_days(int64_t days_since_1970)
{
    int64_t from_sunday = (days_since_1970 + 4) % 7;
    return (int32_t)(from_sunday < 0 ? from_sunday + 7 : from_sunday) + 1;
}

/* A week belongs to the year that its Thursday is in (ISO 8601). */
int32_t calendar_iso_week_of_days(int64_t days_since_1970)
{
    int32_t from_monday = (calendar_weekday_of_days(days_since_1970) + 5) % 7;
    int64_t thursday = days_since_1970 - from_monday + 3;
    int64_t new_year = calendar_days_of_date(calendar_date_of_days(thursday).year, 1, 1);
    return (int32_t)((thursday - new_year) / 7) + 1;
}
