/* say: what is told on stderr, beside the progress. */
#ifndef SPARKIFY_CLI_SAY_H
#define SPARKIFY_CLI_SAY_H

#include "options.h"

/* The error, lines of details ("" for none) and the hint, after all that stands on stdout. */
void say_error(const struct error *error, const char *details);
/* What the user should know though nothing failed: for store_options.note, `ctx` being the const
 * struct common_settings *. Nothing with --quiet. */
void say_note(void *ctx, const char *text);
/* What is probably wrong though nothing failed: a note that begins so. */
void say_warning(const struct common_settings *common, const char *text);
/* What is done, with --verbose. */
void say_step(const struct common_settings *common, const char *format, ...) PRINTF(2, 3);

#endif
