/* month: months since 1970-01, by which times are kept. */
#pragma once

#include <calendar.h>

/* The months up to the end of the year 9999. */
#define MONTH_LIMIT ((size_t)(9999 - 1970 + 1) * 12)

/* The month of a date or a day up to the year 9999, and the day at which a month begins. */
uint32_t month_of_date(struct calendar_date date);
uint32_t month_of_day(int64_t day);
int64_t month_begin_day(uint32_t month);
