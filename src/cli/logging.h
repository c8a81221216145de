/* logging: what the program says, line by line with its time, for a file or a collector of logs. */
#ifndef SPARKIFY_CLI_LOGGING_H
#define SPARKIFY_CLI_LOGGING_H

#include <base.h>

/* id, name for --log-level */
#define LOGGING_LEVELS(X)                                                                          \
    X(LOGGING_DEBUG, "debug")                                                                      \
    X(LOGGING_INFO, "info")                                                                        \
    X(LOGGING_WARNING, "warning")                                                                  \
    X(LOGGING_ERROR, "error")
enum logging_level {
    LOGGING_USUAL, /* nobody has said which */
#define X(id, name) id,
    LOGGING_LEVELS(X)
#undef X
};
enum logging_format { LOGGING_TEXT, LOGGING_JSON };

struct logging_settings {
    const char *file; /* appended to; NULL: none */
    enum logging_format format;
    enum logging_level level; /* the least that is written */
};
/* Without a file, JSON goes to stderr in place of the text for people, and text nowhere. Status of
 * the file that cannot be written. */
NODISCARD enum status logging_open(const struct logging_settings *settings, struct error *error);
void logging_close(void);
/* True when stderr gets lines of JSON. */
bool logging_has_stderr(void);
/* Writes one line, from any thread; `hint` may be "". */
void logging_write(enum logging_level level, const char *message, const char *hint);

#endif
