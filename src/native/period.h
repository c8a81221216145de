/* period: the calendar parts by which facts or times are partitioned, and the partitions' folders.
 */
#pragma once

#include <model.h>

/* The parts of a table's partitions, and the unit of the times. */
struct period_layout {
    const struct model_table *table; /* borrowed; its partition columns are parts of the calendar */
    int64_t hour;                    /* in the unit of the times */
    uint32_t mask;                   /* the bits of a period that the table has */
};

/* A period is a number: the year since 1970, month, day and hour in bits of their own, 0 where the
 * table is not partitioned by them. */
#define PERIOD_NONE UINT32_MAX

/* A period, and a stretch of time [begin, end) that lies in it. */
struct period_stretch {
    int64_t begin, end;
    uint32_t period;
};

void period_layout_init(struct period_layout *layout, const struct model_table *table,
                        enum model_time_form form);
/* The period of a time from 1970 to 9999, with the longest stretch around the time. */
struct period_stretch period_of_time(const struct period_layout *layout, int64_t time);
/* Appends the folder of a period: "year=2018/month=11"; nothing without partitions. */
void period_folder(struct buffer *out, const struct period_layout *layout, uint32_t period);
/* The number of a period among all that have been asked for, from 0 in their order. */
uint32_t period_number(struct dictionary *numbers, uint32_t period);
/* The period of a key such as "…/year=2018/month=11/…"; PERIOD_NONE where it has none. */
uint32_t period_of_key(const struct period_layout *layout, struct str key);
