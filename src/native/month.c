/* Months since 1970-01, and the names of their partitions' folders. */
#include "month.h"

#include <stdio.h>
#include <stdlib.h>

uint32_t month_of_ms(int64_t ts_ms)
{
    struct calendar_date date = calendar_date_of_days(ts_ms / MS_PER_DAY);
    return (uint32_t)(date.year - 1970) * 12 + (uint32_t)date.month - 1;
}

int64_t month_begin_ms(uint32_t month)
{
    return calendar_days_of_date(1970 + (int32_t)(month / 12), (int32_t)(month % 12) + 1, 1) *
           MS_PER_DAY;
}

void month_folder(struct buffer *out, uint32_t month)
{
    char number[16];
    int len = snprintf(number, sizeof number, "%u", 1970 + month / 12);
    model_partition_folder(out, "year", (struct str){number, (size_t)len});
    buffer_append_char(out, '/');
    len = snprintf(number, sizeof number, "%u", month % 12 + 1);
    model_partition_folder(out, "month", (struct str){number, (size_t)len});
}

uint32_t month_of_key(struct str key)
{
    CLEANUP(buffer_release) struct buffer year = {0}, month = {0};
    if (!model_partition_value(key, "year", &year) || !model_partition_value(key, "month", &month))
        return MONTH_LIMIT;
    long y = strtol(buffer_text(&year), NULL, 10), m = strtol(buffer_text(&month), NULL, 10);
    return y >= 1970 && y <= 9999 && m >= 1 && m <= 12 ? (uint32_t)((y - 1970) * 12 + m - 1)
                                                       : MONTH_LIMIT;
}
