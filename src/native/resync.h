/* resync: where to go on in text that is not well-formed. */
#pragma once

#include <base.h>

/* The end of the value at `at`, by its brackets and quotes alone; NULL when there is none before
 * `end`. */
const char *resync_skip_value(const char *at, const char *end);
/* Of records that follow one another: where the next one may begin after the one at `at`, in which
 * `fault` is the position of a fault; `end` when there is none. */
const char *resync_next_record(const char *at, const char *fault, const char *end);
/* Where a record may begin in text whose beginning is not known; `end` when there is none. */
const char *resync_any_record(const char *at, const char *end);
/* The '[' that is the value of this key of the object at `at`; NULL when there is none. */
const char *resync_find_array(const char *at, const char *end, struct str key);
