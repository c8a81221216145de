/* messages: what is told on stderr, beside the progress. */
#ifndef SPARKIFY_CLI_MESSAGES_H
#define SPARKIFY_CLI_MESSAGES_H

#include <options.h>

/* The error, lines of details ("" for none) and the hint, after all that stands on stdout. */
void messages_error(const struct error *error, const char *details);
/* For host.say: `ctx` is the const struct common_settings * of the command. */
void messages_say(void *ctx, enum host_level level, const char *text);

#endif
