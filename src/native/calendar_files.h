/* calendar_files: the files of the calendar's table: which times are in which. */
#pragma once

#include "period.h"
#include "times.h"

/* A partition's file: stretches of times, ascending. */
struct calendar_file {
    uint32_t period;
    struct calendar_stretch {
        uint32_t month;
        uint64_t skip, count; /* of the month's times */
    } *stretches;
    size_t stretch_count, stretch_cap;
    uint64_t rows;
    struct table_file *file; /* of several row groups, or NULL */
    _Atomic size_t left;     /* row groups that are not written yet */
};

struct calendar_files {
    const struct times *times; /* borrowed */
    struct period_layout periods;
    struct calendar_file *all;
    size_t count, cap;
    struct dictionary numbers; /* by the period */
};

/* Finds the files of the table for all times, which must be finished. */
void calendar_files_init(struct calendar_files *files, const struct model_table *table,
                         enum model_time_form form, const struct times *times);
void calendar_files_release(struct calendar_files *files);
/* Sets the columns to the rows of a file from the `skip`-th on, at most `limit`. */
void calendar_files_rows(const struct calendar_files *files, const struct calendar_file *file,
                         uint64_t skip, size_t limit, struct columns *out);
