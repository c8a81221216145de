#include "fine_times.h"

#include <stdlib.h>

void fine_times_release(struct fine_times *times)
{
    mem_free(times->all);
    *times = (struct fine_times){0};
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void fine_times_sort(struct fine_times *times)
{
    size_t kept = 0;
    if (times->is_mixed)
        qsort(times->all, times->count, sizeof *times->all, compare);
    for (size_t i = 0; i < times->count; i++)
        if (i == 0 || times->all[i] != times->all[kept - 1])
            times->all[kept++] = times->all[i];
    times->count = kept;
    times->is_mixed = false;
}

/* Numbers that are there twice are dropped before more memory is taken. */
void fine_times_add(struct fine_times *times, int64_t value)
{
    if (times->count == times->cap) {
        fine_times_sort(times);
        if (times->count >= times->cap / 2)
            MEM_GROW(times->all, times->cap + 1, times->cap);
    }
    times->is_mixed |= times->count > 0 && times->all[times->count - 1] > value;
    times->all[times->count++] = value;
}

void fine_times_subtract(struct fine_times *times, const struct fine_times *others)
{
    size_t kept = 0, other = 0;
    for (size_t i = 0; i < times->count; i++) {
        while (other < others->count && others->all[other] < times->all[i])
            other++;
        if (other == others->count || others->all[other] != times->all[i])
            times->all[kept++] = times->all[i];
    }
    times->count = kept;
}
