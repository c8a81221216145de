/* Distinct start times, and the calendar's columns of the time table. */
#include "times.h"

void times_init(struct times *times)
{
    times->months = mem_zalloc(MONTH_LIMIT * sizeof(*times->months));
}

void times_release(struct times *times)
{
    for (uint32_t month = 0; times->months && month < MONTH_LIMIT; month++)
        if (times->months[month])
            roaring_bitmap_free(times->months[month]);
    mem_free(times->months);
    *times = (struct times){0};
}

void times_add(struct times *times, uint32_t month, const int64_t *ts_ms, size_t count)
{
    uint32_t offsets[512]; /* from the month's begin; neighbours mostly share a container */
    int64_t begin_ms = month_begin_ms(month);
    if (!times->months[month])
        times->months[month] = roaring_bitmap_create();
    for (size_t done = 0, some; done < count; done += some) {
        some = count - done < 512 ? count - done : 512;
        for (size_t i = 0; i < some; i++)
            offsets[i] = (uint32_t)(ts_ms[done + i] - begin_ms);
        roaring_bitmap_add_many(times->months[month], some, offsets);
    }
}

void times_subtract(struct times *times, uint32_t month, const struct times *others)
{
    if (times->months[month] && others->months[month])
        roaring_bitmap_andnot_inplace(times->months[month], others->months[month]);
}

uint64_t times_count(const struct times *times, uint32_t month)
{
    return times->months[month] ? roaring_bitmap_get_cardinality(times->months[month]) : 0;
}

void times_rows(const struct times *times, uint32_t month, uint64_t skip, size_t limit,
                struct columns *out)
{
    uint32_t *offsets = mem_alloc(limit * sizeof *offsets);
    uint64_t count = times_count(times, month) - skip;
    if (count > limit)
        count = limit;
    roaring_bitmap_range_uint32_array(times->months[month], skip, count, offsets);
    int64_t begin_ms = month_begin_ms(month), day = -1;
    int32_t day_of_month = 0, week = 0, weekday = 0;
    for (uint64_t i = 0; i < count; i++) {
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
