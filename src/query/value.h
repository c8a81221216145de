/* value: parts of values' text that single formats need in another form. */
#ifndef SPARKIFY_QUERY_VALUE_H
#define SPARKIFY_QUERY_VALUE_H

#include <query.h>

/* The shortest text that is the same double again; "nan", "inf", "-inf". */
void query_append_double(struct buffer *out, double value);
/* "2018-11-01T21:01:46.796" with `between` 'T'. */
void query_append_timestamp(struct buffer *out, int64_t us, char between);

#endif
