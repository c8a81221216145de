/* streams: the standard descriptors, and flushing stdout. */
#pragma once

#include <base.h>

/* Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed: otherwise a file opened
 * later would get that number, and output would go into it. Call this first. */
void streams_init(void);
/* Flushes stdout. STATUS_OK also where the reader of a pipe has closed it. `done` is what has been
 * done although the output failed, as the first half of a sentence, or NULL. */
NODISCARD enum status streams_flush(const char *done, struct error *error);
