/* number_text: counts, sizes and times as text. */
#pragma once

#include <base.h>

/* Returned by value: printf("%s", number_count(1).text). */
struct number_text {
    char text[64];
};
struct number_text number_count(uint64_t count);   /* "14,896" */
struct number_text number_bytes(double bytes);     /* "3.6 MiB" */
struct number_text number_seconds(double seconds); /* "0.98 s", "2 m 05 s" */
/* "1 file", "14,896 files" */
struct number_text number_of(uint64_t count, const char *one, const char *many);
