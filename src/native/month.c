/* Months as numbers. */
#include "month.h"

uint32_t month_of_date(struct calendar_date date)
{
    return (uint32_t)(date.year - 1970) * 12 + (uint32_t)date.month - 1;
}

uint32_t month_of_day(int64_t day)
{
    return month_of_date(calendar_date_of_days(day));
}

int64_t month_begin_day(uint32_t month)
{
    return calendar_days_of_date(1970 + (int32_t)(month / 12), (int32_t)(month % 12) + 1, 1);
}
