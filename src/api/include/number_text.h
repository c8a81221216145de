/* number_text: counts, sizes and times as text. */
#pragma once

#include <base.h>

#define NUMBER_TEXT 64

/* Each writes into `out`, NUMBER_TEXT bytes, and returns it. */
const char *number_count(char *out, uint64_t count);   /* "14,896" */
const char *number_bytes(char *out, double bytes);     /* "3.6 MiB" */
const char *number_seconds(char *out, double seconds); /* "0.98 s", "2 m 05 s" */
/* "1 file", "14,896 files" */
const char *number_of(char *out, uint64_t count, const char *one, const char *many);
