/* fine_times: a set of numbers, mostly in ascending order: of times that are no whole milliseconds.
 */
#pragma once

#include <base.h>

struct fine_times {
    int64_t *all; /* some may be there twice until they are sorted */
    size_t count, cap;
    bool is_mixed; /* they are not in ascending order */
};

void fine_times_release(struct fine_times *times);
/* Adds a number that may be there already. */
void fine_times_add(struct fine_times *times, int64_t value);
/* Sorts the numbers, each once; the function below needs it of both sets. */
void fine_times_sort(struct fine_times *times);
/* Removes the numbers that are in `others`. */
void fine_times_subtract(struct fine_times *times, const struct fine_times *others);
