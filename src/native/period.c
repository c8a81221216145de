/* Periods as numbers, and the names of their partitions' folders. */
#include "period.h"

#include "month.h"

#include <stdlib.h>

/* Where each part stands in a period, and which values it can have. */
static const struct part {
    uint32_t shift, bits, base, limit;
} parts[CALENDAR_PARTS] = {
    [CALENDAR_YEAR] = {14, 13, 1970, 9999},
    [CALENDAR_MONTH] = {10, 4, 0, 12},
    [CALENDAR_DAY] = {5, 5, 0, 31},
    [CALENDAR_HOUR] = {0, 5, 0, 23},
};

static uint32_t mask_of(enum calendar_part part)
{
    return ((UINT32_C(1) << parts[part].bits) - 1) << parts[part].shift;
}

static enum calendar_part part_at(const struct period_layout *layout, size_t partition)
{
    const struct model_table *table = layout->table;
    return (enum calendar_part)table->columns[table->partitions[partition]].part;
}

void period_layout_init(struct period_layout *layout, const struct model_table *table,
                        enum model_time_form form)
{
    *layout = (struct period_layout){.table = table};
    layout->hour = INT64_C(3600000000) / model_time_unit_us(form);
    for (size_t i = 0; i < table->partition_count; i++)
        layout->mask |= mask_of(part_at(layout, i));
}

static uint32_t set_part(enum calendar_part part, int32_t value)
{
    return ((uint32_t)value - parts[part].base) << parts[part].shift;
}

/* The stretch, in hours. */
static void set_stretch(const struct period_layout *layout, uint32_t month, int64_t hour,
                        struct period_stretch *out)
{
    int64_t day = hour / 24;
    uint32_t year = month / 12 * 12;
    if (layout->mask & mask_of(CALENDAR_HOUR)) {
        out->begin = hour;
        out->end = hour + 1;
    } else if (layout->mask & mask_of(CALENDAR_DAY)) {
        out->begin = day * 24;
        out->end = (day + 1) * 24;
    } else if (layout->mask & mask_of(CALENDAR_MONTH)) {
        out->begin = month_begin_day(month) * 24;
        out->end = month_begin_day(month + 1) * 24;
    } else if (layout->mask) {
        out->begin = month_begin_day(year) * 24;
        out->end = month_begin_day(year + 12) * 24;
    } else {
        out->begin = 0;
        out->end = month_begin_day(MONTH_LIMIT) * 24;
    }
}

struct period_stretch period_of_time(const struct period_layout *layout, int64_t time)
{
    int64_t hour = time / layout->hour;
    struct calendar_date date = calendar_date_of_days(hour / 24);
    struct period_stretch stretch = {
        .period =
            (set_part(CALENDAR_YEAR, date.year) | set_part(CALENDAR_MONTH, date.month) |
             set_part(CALENDAR_DAY, date.day) | set_part(CALENDAR_HOUR, (int32_t)(hour % 24))) &
            layout->mask};
    set_stretch(layout, month_of_date(date), hour, &stretch);
    stretch.begin *= layout->hour;
    stretch.end *= layout->hour;
    return stretch;
}

void period_folder(struct buffer *out, const struct period_layout *layout, uint32_t period)
{
    for (size_t i = 0; i < layout->table->partition_count; i++) {
        char number[16];
        enum calendar_part part = part_at(layout, i);
        uint32_t value = ((period & mask_of(part)) >> parts[part].shift) + parts[part].base;
        int len = snprintf(number, sizeof number, "%u", value);
        if (i)
            buffer_append_char(out, '/');
        model_partition_folder(out, layout->table->columns[layout->table->partitions[i]].name,
                               (struct str){number, (size_t)len});
    }
}

uint32_t period_of_key(const struct period_layout *layout, struct str key)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    uint32_t period = 0;
    for (size_t i = 0; i < layout->table->partition_count; i++) {
        enum calendar_part part = part_at(layout, i);
        buffer_reset(&text);
        if (!model_partition_value(key, layout->table->columns[layout->table->partitions[i]].name,
                                   &text))
            return PERIOD_NONE;
        long value = strtol(buffer_text(&text), NULL, 10);
        if (value < (long)parts[part].base || value > (long)parts[part].limit)
            return PERIOD_NONE;
        period |= set_part(part, (int32_t)value);
    }
    return period;
}

uint32_t period_number(struct dictionary *numbers, uint32_t period)
{
    struct str key = {(const char *)&period, sizeof period};
    return dictionary_add(numbers, key, hash_str(key));
}
