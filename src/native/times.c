/* Distinct times, and the columns of a table of the calendar. */
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

/* The parts of the newest time's day, which mostly is that of the time before. */
struct day {
    int64_t days; /* since 1970 */
    int32_t parts[CALENDAR_PARTS];
};

static void set_day(struct day *day, int64_t days)
{
    struct calendar_date date = calendar_date_of_days(days);
    day->days = days;
    day->parts[CALENDAR_DAY] = date.day;
    day->parts[CALENDAR_WEEK] = calendar_iso_week_of_days(days);
    day->parts[CALENDAR_MONTH] = date.month;
    day->parts[CALENDAR_YEAR] = date.year;
    day->parts[CALENDAR_WEEKDAY] = calendar_weekday_of_days(days);
}

static void add_time(struct columns *columns, const struct model_table *table, struct day *day,
                     int64_t ts_ms)
{
    if (ts_ms / MS_PER_DAY != day->days)
        set_day(day, ts_ms / MS_PER_DAY);
    day->parts[CALENDAR_HOUR] = (int32_t)(ts_ms % MS_PER_DAY / MS_PER_HOUR);
    columns_add_row(columns);
    for (int i = 0; i < (int)table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        if (column->partition)
            continue;
        if (column->part == CALENDAR_TIME)
            columns_set_int64(columns, i, ts_ms * 1000);
        else
            columns_set_int32(columns, i, day->parts[column->part]);
    }
}

void times_rows(const struct times *times, uint32_t month, uint64_t skip, size_t limit,
                struct columns *out)
{
    uint32_t *offsets = mem_alloc(limit * sizeof *offsets);
    size_t count = time_set_list(times->months[month], skip, limit, offsets);
    int64_t begin_ms = month_begin_ms(month);
    struct day day = {.days = -1};
    for (size_t i = 0; i < count; i++)
        add_time(out, &model_tables[out->table], &day, begin_ms + offsets[i]);
    mem_free(offsets);
}
