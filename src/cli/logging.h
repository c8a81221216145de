/* logging: what the program says, line by line with its time, for a file or a collector of logs. */
#ifndef SPARKIFY_CLI_LOGGING_H
#define SPARKIFY_CLI_LOGGING_H

#include <options.h>

/* Without a file, JSON goes to stderr in place of the text for people, and text nowhere. Status of
 * the file that cannot be written. */
NODISCARD enum status logging_open(const struct logging_settings *settings, struct error *error);
void logging_close(void);
/* True when stderr gets lines of JSON. */
bool logging_has_stderr(void);
/* Writes one line, from any thread; `hint` may be "". */
void logging_write(enum logging_level level, const char *message, const char *hint);

#endif
