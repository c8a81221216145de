/* Open addressing with a hash that is keyed by the process. */
#include "fine_times.h"

#include <stdlib.h>

#define FIRST_CAP 64
#define FINE_FREE (-1)

void fine_times_release(struct fine_times *times)
{
    mem_free(times->slots);
    *times = (struct fine_times){0};
}

static int64_t *find(const struct fine_times *times, int64_t value)
{
    uint64_t word = (uint64_t)value;
    size_t at = (size_t)hash_words(&word, 1) & (times->cap - 1);
    while (times->slots[at] != FINE_FREE && times->slots[at] != value)
        at = (at + 1) & (times->cap - 1);
    return &times->slots[at];
}

static void grow(struct fine_times *times)
{
    struct fine_times larger = {.cap = times->cap ? times->cap * 2 : FIRST_CAP,
                                .count = times->count};
    larger.slots = mem_alloc(larger.cap * sizeof *larger.slots);
    for (size_t i = 0; i < larger.cap; i++)
        larger.slots[i] = FINE_FREE;
    for (size_t i = 0; i < times->cap; i++)
        if (times->slots[i] != FINE_FREE)
            *find(&larger, times->slots[i]) = times->slots[i];
    mem_free(times->slots);
    *times = larger;
}

void fine_times_add(struct fine_times *times, int64_t value)
{
    if ((times->count + 1) * 3 > times->cap * 2)
        grow(times);
    int64_t *slot = find(times, value);
    times->count += *slot == FINE_FREE;
    *slot = value;
}

bool fine_times_has(const struct fine_times *times, int64_t value)
{
    return times->cap && *find(times, value) == value;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

size_t fine_times_list(const struct fine_times *times, const struct fine_times *others,
                       int64_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < times->cap; i++)
        if (times->slots[i] != FINE_FREE && !(others && fine_times_has(others, times->slots[i])))
            out[count++] = times->slots[i];
    if (count)
        qsort(out, count, sizeof *out, compare);
    return count;
}
