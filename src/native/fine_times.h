/* fine_times: a set of numbers in any order, for the few times that are no whole milliseconds. */
#pragma once

#include <base.h>

struct fine_times {
    int64_t *slots; /* FINE_FREE: nothing is there */
    size_t cap, count;
};

void fine_times_release(struct fine_times *times);
/* Adds a number, not negative, that may be there already. */
void fine_times_add(struct fine_times *times, int64_t value);
bool fine_times_has(const struct fine_times *times, int64_t value);
/* All numbers, ascending, but those in `others`; returns how many. */
size_t fine_times_list(const struct fine_times *times, const struct fine_times *others,
                       int64_t *out);
