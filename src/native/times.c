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

/* Times of one day, which share most parts. */
struct day {
    int64_t begin_ms;
    int32_t parts[CALENDAR_PARTS];
};

static struct day day_of(int64_t ts_ms)
{
    int64_t days = ts_ms / MS_PER_DAY;
    struct calendar_date date = calendar_date_of_days(days);
    return (struct day){.begin_ms = days * MS_PER_DAY,
                        .parts = {[CALENDAR_DAY] = date.day,
                                  [CALENDAR_WEEK] = calendar_iso_week_of_days(days),
                                  [CALENDAR_MONTH] = date.month,
                                  [CALENDAR_YEAR] = date.year,
                                  [CALENDAR_WEEKDAY] = calendar_weekday_of_days(days)}};
}

/* Sets rows [from, to) of a column, whose times are of the day; offsets[i] + begin_ms is that of
 * row i. */
static void set_column(struct columns *columns, int column, const struct day *day,
                       const uint32_t *offsets, int64_t begin_ms, size_t from, size_t to)
{
    enum calendar_part part =
        (enum calendar_part)columns->model->tables[columns->table].columns[column].part;
    if (part == CALENDAR_TIME) {
        int64_t *values = columns_int64s(columns, column);
        for (size_t i = from; i < to; i++)
            values[i] = (begin_ms + offsets[i]) * 1000;
        return;
    }
    int32_t *values = columns_int32s(columns, column);
    for (size_t i = from; i < to; i++)
        values[i] = part == CALENDAR_HOUR
                        ? (int32_t)((begin_ms + offsets[i] - day->begin_ms) / MS_PER_HOUR)
                        : day->parts[part];
}

void times_rows(const struct times *times, uint32_t month, uint64_t skip, size_t limit,
                struct columns *out)
{
    const struct model_table *table = &model_tables[out->table];
    uint32_t *offsets = mem_alloc(limit * sizeof *offsets);
    size_t count = time_set_list(times->months[month], skip, limit, offsets);
    int64_t begin_ms = month_begin_ms(month);
    columns_add_rows(out, count);
    for (size_t from = 0, to; from < count; from = to) {
        struct day day = day_of(begin_ms + offsets[from]);
        for (to = from; to < count && begin_ms + offsets[to] < day.begin_ms + MS_PER_DAY;)
            to++;
        for (int i = 0; i < (int)table->column_count; i++)
            if (!table->columns[i].partition)
                set_column(out, i, &day, offsets, begin_ms, from, to);
    }
    mem_free(offsets);
}
