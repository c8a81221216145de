/* streams: the three standard descriptors, and what is printed on stdout. */
#ifndef SPARKIFY_CLI_STREAMS_H
#define SPARKIFY_CLI_STREAMS_H

#include <base.h>

/* Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed: else a file that is opened
 * later gets its number, and what is printed goes into that file. Call this before anything else.
 */
void streams_init(void);
/* Writes out what was printed on stdout. A reader that has closed its end of a pipe wants no more:
 * STATUS_OK. Else a failure is an error; `done` says what has been done all the same, as the first
 * half of a sentence, or is NULL. */
NODISCARD enum status streams_flush(const char *done, struct error *error);

#endif
