/* times: the distinct times of the facts. */
#ifndef SPARKIFY_NATIVE_TIMES_H
#define SPARKIFY_NATIVE_TIMES_H

#include "month.h"
#include "time_set.h"

#include <output.h>

/* A set a month, of milliseconds since its begin: a month has fewer than 2^32. */
struct times {
    struct time_set **months; /* MONTH_LIMIT of them, NULL where nothing is */
};

void times_init(struct times *times);
void times_release(struct times *times);
/* Adds times that all lie in the month. */
void times_add(struct times *times, uint32_t month, const int64_t *ts_ms, size_t count);
/* Sorts the times, once all have been added; the functions below need it. */
void times_sort(struct times *times);
/* Fills rows of a table of the calendar from the `skip`-th time of a month on, ascending, at most
 * `limit`. */
void times_rows(const struct times *times, uint32_t month, uint64_t skip, size_t limit,
                struct columns *out);
/* Removes the times of a month that are in `others`. */
void times_subtract(struct times *times, uint32_t month, const struct times *others);
/* The number of distinct times of a month. */
uint64_t times_count(const struct times *times, uint32_t month);

#endif
