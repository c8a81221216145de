/* value: doubles and timestamps as text, for formats that write them differently. */
#pragma once

#include <query.h>

/* Appends the shortest text that parses to the same double; "nan", "inf", "-inf". */
void query_append_double(struct buffer *out, double value);
/* Appends "2018-11-01T21:01:46.796" where `between` is 'T'. */
void query_append_timestamp(struct buffer *out, int64_t us, char between);
