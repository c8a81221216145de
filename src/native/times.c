/* Distinct start times, and the calendar's columns of the time table. */
#include "times.h"

void times_init(struct times *times)
{
    times->months = mem_zalloc(MONTH_LIMIT * sizeof(*times->months));
}

static void set_free(struct time_set *set)
{
    time_set_release(set);
    mem_free(set);
}

void times_release(struct times *times)
{
    for (uint32_t month = 0; times->months && month < MONTH_LIMIT; month++)
        if (times->months[month])
            set_free(times->months[month]);
    mem_free(times->months);
    *times = (struct times){0};
}

void times_add(struct times *times, uint32_t month, const int64_t *ts_ms, size_t count)
{
    int64_t begin_ms = month_begin_ms(month);
    if (!times->months[month])
        times->months[month] = mem_zalloc(sizeof(struct time_set));
    for (size_t i = 0; i < count; i++)
        time_set_add(times->months[month], (uint32_t)(ts_ms[i] - begin_ms));
}

void times_sort(struct times *times)
{
    for (uint32_t month = 0; month < MONTH_LIMIT; month++)
        if (times->months[month])
            time_set_sort(times->months[month]);
}

void times_subtract(struct times *times, uint32_t month, const struct times *others)
{
    if (times->months[month] && others->months[month])
        time_set_subtract(times->months[month], others->months[month]);
}

uint64_t times_count(const struct times *times, uint32_t month)
{
    return times->months[month] ? time_set_count(times->months[month]) : 0;
}

void times_rows(const struct times *times, uint32_t month, uint64_t skip, size_t limit,
                struct columns *out)
{
    uint32_t *offsets = mem_alloc(limit * sizeof *offsets);
    size_t count = time_set_list(times->months[month], skip, limit, offsets);
    int64_t begin_ms = month_begin_ms(month), day = -1;
    int32_t day_of_month = 0, week = 0, weekday = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t ts_ms = begin_ms + offsets[i];
        if (ts_ms / MS_PER_DAY != day) {
            day = ts_ms / MS_PER_DAY;
            day_of_month = civil_from_days(day).day;
            week = iso_week_of_days(day);
            weekday = weekday_of_days(day);
        }
        columns_add_row(out);
        columns_set_int64(out, TIME_START_TIME, ts_ms * 1000);
        columns_set_int32(out, TIME_HOUR, (int32_t)(ts_ms % MS_PER_DAY / MS_PER_HOUR));
        columns_set_int32(out, TIME_DAY, day_of_month);
        columns_set_int32(out, TIME_WEEK, week);
        columns_set_int32(out, TIME_WEEKDAY, weekday);
    }
    mem_free(offsets);
}
