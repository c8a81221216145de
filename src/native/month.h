/* month: months since 1970-01, by which facts are partitioned, and their folders. */
#ifndef SPARKIFY_NATIVE_MONTH_H
#define SPARKIFY_NATIVE_MONTH_H

#include <model.h>

/* The months up to the end of the year 9999. */
#define MONTH_LIMIT ((size_t)(9999 - 1970 + 1) * 12)

/* The month of a time from 1970 to 9999, and the time at which a month begins. */
uint32_t month_of_ms(int64_t ts_ms);
int64_t month_begin_ms(uint32_t month);
/* Appends "year=2018/month=11". */
void month_folder(struct buffer *out, uint32_t month);
/* The month of a key such as "…/year=2018/month=11/…"; MONTH_LIMIT where it has none. */
uint32_t month_of_key(struct str key);

#endif
