/* Distinct times, and the columns of a table of the calendar. */
#include "times.h"

#include <calendar.h>

#define DAY_US INT64_C(86400000000)

void times_init(struct times *times, int64_t unit_us)
{
    *times = (struct times){.months = mem_zalloc(MONTH_LIMIT * sizeof(*times->months)),
                            .unit_us = unit_us,
                            .day = DAY_US / unit_us,
                            .whole = unit_us == 1 ? 1000 : 1};
}

static void free_month(struct times_month *month)
{
    time_set_release(&month->whole);
    fine_times_release(&month->fine);
    mem_free(month->all);
    mem_free(month);
}

void times_release(struct times *times)
{
    for (uint32_t month = 0; times->months && month < MONTH_LIMIT; month++)
        if (times->months[month])
            free_month(times->months[month]);
    mem_free(times->months);
    *times = (struct times){0};
}

/* ---- Adding ---------------------------------------------------------------------------------- */

static void set_last(struct times *times, int64_t time)
{
    uint32_t month = month_of_day(time / times->day);
    times->begin = month_begin_day(month) * times->day;
    times->end = month_begin_day(month + 1) * times->day;
    if (!times->months[month])
        times->months[month] = mem_zalloc(sizeof *times->months[month]);
    times->last = times->months[month];
}

static void add_micros(struct times *times, const int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i] < times->begin || values[i] >= times->end)
            set_last(times, values[i]);
        int64_t offset = values[i] - times->begin;
        if (offset % times->whole == 0)
            time_set_add(&times->last->whole, (uint32_t)(offset / times->whole));
        else
            fine_times_add(&times->last->fine, offset);
    }
}

void times_add(struct times *times, const int64_t *values, size_t count)
{
    if (times->whole != 1) {
        add_micros(times, values, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (values[i] < times->begin || values[i] >= times->end)
            set_last(times, values[i]);
        time_set_add(&times->last->whole, (uint32_t)(values[i] - times->begin));
    }
}

/* ---- All have been added --------------------------------------------------------------------- */

static void list_whole(const struct times *times, uint32_t number, uint64_t skip, size_t count,
                       int64_t *out)
{
    uint32_t *offsets = mem_alloc((count + 1) * sizeof *offsets);
    int64_t begin = month_begin_day(number) * times->day;
    time_set_list(&times->months[number]->whole, skip, count, offsets);
    for (size_t i = 0; i < count; i++)
        out[i] = begin + offsets[i] * times->whole;
    mem_free(offsets);
}

/* Merges the whole times of a month with the others. */
static void merge_month(const struct times *times, uint32_t number)
{
    struct times_month *month = times->months[number];
    int64_t begin = month_begin_day(number) * times->day;
    const int64_t *fine = month->fine.all, *fine_end = fine + month->fine.count;
    size_t wholes = time_set_count(&month->whole), w = 0;
    int64_t *whole = mem_alloc((wholes + 1) * sizeof *whole);
    list_whole(times, number, 0, wholes, whole);
    month->all = mem_alloc((wholes + month->fine.count) * sizeof *month->all);
    while (w < wholes || fine < fine_end) {
        bool is_whole = fine == fine_end || (w < wholes && whole[w] < begin + *fine);
        month->all[month->count++] = is_whole ? whole[w++] : begin + *fine++;
    }
    mem_free(whole);
}

static void sort_month(struct times_month *month)
{
    time_set_sort(&month->whole);
    fine_times_sort(&month->fine);
}

void times_finish(struct times *times, struct times *others)
{
    for (uint32_t number = 0; number < MONTH_LIMIT; number++) {
        struct times_month *month = times->months[number];
        struct times_month *other = others ? others->months[number] : NULL;
        if (!month)
            continue;
        sort_month(month);
        if (other) {
            sort_month(other);
            time_set_subtract(&month->whole, &other->whole);
            fine_times_subtract(&month->fine, &other->fine);
        }
        if (month->fine.count)
            merge_month(times, number);
    }
}

uint64_t times_count(const struct times *times, uint32_t month)
{
    const struct times_month *of = times->months[month];
    return !of ? 0 : of->all ? of->count : time_set_count(&of->whole);
}

size_t times_list(const struct times *times, uint32_t month, uint64_t skip, size_t limit,
                  int64_t *out)
{
    uint64_t count = times_count(times, month) - skip;
    size_t listed = count < limit ? (size_t)count : limit;
    if (listed && times->months[month]->all)
        memcpy(out, times->months[month]->all + skip, listed * sizeof *out);
    else if (listed)
        list_whole(times, month, skip, listed, out);
    return listed;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

void times_set_day(struct times_day *day, int64_t time_us)
{
    if (time_us >= day->begin_us && time_us < day->end_us)
        return;
    int64_t days = time_us / DAY_US;
    struct calendar_date date = calendar_date_of_days(days);
    *day = (struct times_day){.begin_us = days * DAY_US,
                              .end_us = (days + 1) * DAY_US,
                              .parts = {[CALENDAR_DAY] = date.day,
                                        [CALENDAR_WEEK] = calendar_iso_week_of_days(days),
                                        [CALENDAR_MONTH] = date.month,
                                        [CALENDAR_YEAR] = date.year,
                                        [CALENDAR_WEEKDAY] = calendar_weekday_of_days(days),
                                        [CALENDAR_DATE] = (int32_t)days}};
}

int64_t times_part(const struct times_day *day, int64_t time_us, enum calendar_part part)
{
    if (part == CALENDAR_TIME)
        return time_us;
    return part == CALENDAR_HOUR ? (time_us - day->begin_us) / (DAY_US / 24) : day->parts[part];
}

/* Sets rows of a column from `row` on, whose times are of the day. */
static void set_column(struct columns *columns, int column, enum calendar_part part,
                       const struct times_day *day, size_t row, const int64_t *times_us,
                       size_t count)
{
    void *values = columns->columns[column].values;
    if (part == CALENDAR_TIME) {
        memcpy((int64_t *)values + row, times_us, count * sizeof *times_us);
        return;
    }
    int32_t *out = (int32_t *)values + row;
    for (size_t i = 0; i < count; i++)
        out[i] = (int32_t)times_part(day, times_us[i], part);
}

/* The first of the times that is not of the day. */
static size_t end_of_day(const struct times_day *day, const int64_t *times_us, size_t from,
                         size_t count)
{
    while (from < count && times_us[from] < day->end_us)
        from++;
    return from;
}

void times_add_rows(const struct times *times, const struct model_table *table, int64_t *values,
                    size_t count, struct columns *out)
{
    struct times_day day = {0};
    size_t first = out->rows;
    columns_add_rows(out, count);
    for (size_t i = 0; i < count; i++)
        values[i] *= times->unit_us;
    for (size_t from = 0, to; from < count; from = to) {
        times_set_day(&day, values[from]);
        to = end_of_day(&day, values, from + 1, count);
        for (int i = 0; i < (int)table->column_count; i++)
            if (!table->columns[i].partition)
                set_column(out, i, (enum calendar_part)table->columns[i].part, &day, first + from,
                           values + from, to - from);
    }
}
