/* messages: errors, warnings and notes on stderr. */
#pragma once

#include <options.h>

/* Prints the error, the lines of details ("" for none) and the hint, after flushing stdout. */
void messages_error(const struct error *error, const char *details);
/* For host.say: `ctx` is the const struct common_settings * of the command. */
void messages_say(void *ctx, enum host_level level, const char *text);
