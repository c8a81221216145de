/* The times of a month lie in one partition, or in one for each of its days or hours; and those of
 * several months may lie in one. */
#include "calendar_files.h"

#define TIMES_AT_ONCE ((size_t)64 << 10)

static struct calendar_file *file_of(struct calendar_files *files, uint32_t period)
{
    uint32_t number = period_number(&files->numbers, period);
    if (number == files->count)
        *MEM_ADD(files->all, files->count, files->cap) = (struct calendar_file){.period = period};
    return &files->all[number];
}

static void add_stretch(struct calendar_files *files, uint32_t period,
                        struct calendar_stretch stretch)
{
    struct calendar_file *file = file_of(files, period);
    file->rows += stretch.count;
    struct calendar_stretch *last =
        file->stretch_count ? &file->stretches[file->stretch_count - 1] : NULL;
    if (last && last->month == stretch.month && last->skip + last->count == stretch.skip) {
        last->count += stretch.count;
        return;
    }
    *MEM_ADD(file->stretches, file->stretch_count, file->stretch_cap) = stretch;
}

/* Adds times that lie behind the `skip` first of a month. */
static void add_times(struct calendar_files *files, uint32_t month, uint64_t skip,
                      const int64_t *times, size_t count)
{
    for (size_t from = 0, to; from < count; from = to) {
        struct period_stretch period = period_of_time(&files->periods, times[from]);
        for (to = from + 1; to < count && times[to] < period.end;)
            to++;
        add_stretch(files, period.period, (struct calendar_stretch){month, skip + from, to - from});
    }
}

static void add_month(struct calendar_files *files, uint32_t month, int64_t *times)
{
    uint64_t skip = 0, count = times_count(files->times, month);
    struct period_stretch period =
        period_of_time(&files->periods, month_begin_day(month) * files->times->day);
    if (count && period.end >= month_begin_day(month + 1) * files->times->day) {
        add_stretch(files, period.period, (struct calendar_stretch){month, 0, count});
        return;
    }
    while (skip < count) {
        size_t listed = times_list(files->times, month, skip, TIMES_AT_ONCE, times);
        add_times(files, month, skip, times, listed);
        skip += listed;
    }
}

void calendar_files_init(struct calendar_files *files, const struct model_table *table,
                         enum model_time_form form, const struct times *times)
{
    *files = (struct calendar_files){.times = times};
    period_layout_init(&files->periods, table, form);
    int64_t *some = mem_alloc(TIMES_AT_ONCE * sizeof *some);
    for (uint32_t month = 0; month < MONTH_LIMIT; month++)
        if (times->months[month])
            add_month(files, month, some);
    mem_free(some);
}

void calendar_files_release(struct calendar_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        mem_free(files->all[i].stretches);
        table_file_free(files->all[i].file);
    }
    mem_free(files->all);
    dictionary_release(&files->numbers);
    *files = (struct calendar_files){0};
}

void calendar_files_rows(const struct calendar_files *files, const struct calendar_file *file,
                         uint64_t skip, size_t limit, struct columns *out)
{
    int64_t *times = mem_alloc(limit * sizeof *times);
    for (size_t i = 0; i < file->stretch_count && limit; i++) {
        const struct calendar_stretch *stretch = &file->stretches[i];
        uint64_t left = skip < stretch->count ? stretch->count - skip : 0;
        size_t wanted = left < limit ? (size_t)left : limit;
        if (wanted) {
            wanted = times_list(files->times, stretch->month, stretch->skip + skip, wanted, times);
            times_add_rows(files->times, files->periods.table, times, wanted, out);
        }
        skip -= skip < stretch->count ? skip : stretch->count;
        limit -= wanted;
    }
    mem_free(times);
}
