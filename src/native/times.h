/* times: the distinct times of the facts. */
#pragma once

#include "fine_times.h"
#include "month.h"
#include "time_set.h"

#include <output.h>

/* The times of a month. They are kept as seconds or milliseconds since its begin, of which a month
 * has fewer than 2^32. Of microseconds, most are whole milliseconds: the others are kept apart. */
struct times_month {
    struct time_set whole;
    struct fine_times fine;
    int64_t *all; /* both, ascending, once there are no more; NULL where all are whole */
    size_t count; /* of them */
};

struct times {
    struct times_month **months; /* MONTH_LIMIT of them, NULL where nothing is */
    int64_t unit_us, day, whole; /* of the times; a day, and what is whole, in that unit */
    int64_t begin, end;          /* of the last month */
    struct times_month *last;
};

/* `unit_us` is the microseconds of the unit of the times. */
void times_init(struct times *times, int64_t unit_us);
void times_release(struct times *times);
void times_add(struct times *times, const int64_t *values, size_t count);
/* All times have been added. Removes those that are in `others`, which may be NULL; the functions
 * below need it. */
void times_finish(struct times *times, struct times *others);
/* The number of distinct times of a month. */
uint64_t times_count(const struct times *times, uint32_t month);
/* The times of a month from the `skip`-th on, ascending, at most `limit`; returns how many. */
size_t times_list(const struct times *times, uint32_t month, uint64_t skip, size_t limit,
                  int64_t *out);

/* What the times of one day have in common. */
struct times_day {
    int64_t begin_us, end_us;
    int32_t parts[CALENDAR_PARTS];
};
/* Sets the day of a time, unless it is that already; zeroed, it is no day. */
void times_set_day(struct times_day *day, int64_t time_us);
/* A part of a time of the day. */
int64_t times_part(const struct times_day *day, int64_t time_us, enum calendar_part part);
/* Appends rows of a table of the calendar; the values become microseconds. */
void times_add_rows(const struct times *times, const struct model_table *table, int64_t *values,
                    size_t count, struct columns *out);
