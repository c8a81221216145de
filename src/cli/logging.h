/* logging: messages with their time, a line each, for a log file or a log collector. */
#pragma once

#include <options.h>

/* Without a file, JSON lines replace the text on stderr, and text lines are dropped. Returns the
 * status of a file that cannot be opened for writing. */
NODISCARD enum status logging_open(const struct logging_settings *settings, struct error *error);
void logging_close(void);
/* True when stderr gets lines of JSON. */
bool logging_has_stderr(void);
/* Writes one line, from any thread; `hint` may be "". */
void logging_write(enum logging_level level, const char *message, const char *hint);
