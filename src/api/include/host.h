/* host: who runs a command: the program, or one that uses the library. It says when to stop, and is
 * told what a person should know while the command runs. */
#ifndef SPARKIFY_API_HOST_H
#define SPARKIFY_API_HOST_H

#include <base.h>

enum host_level {
    HOST_STEP,    /* what is done, for those who want to know */
    HOST_NOTE,    /* what the user should know though nothing failed */
    HOST_WARNING, /* what is probably wrong though nothing failed */
};

struct host {
    /* From any thread. */
    void (*say)(void *ctx, enum host_level level, const char *text);
    void *ctx;
    const atomic_bool *cancel; /* the command ends with STATUS_INTERRUPTED once it is true */
};

/* For keys_options.note: `ctx` is a const struct host *. */
void host_note(void *ctx, const char *text);
void host_warn(const struct host *host, const char *text);
void host_step(const struct host *host, const char *format, ...) PRINTF(2, 3);
/* What to try after an error: its hint, else, where the command was wrong, where to look. Borrowed
 * from the error, or static; "" when there is nothing to say. */
const char *host_hint_text(const struct error *error);
static inline bool host_is_cancelled(const struct host *host)
{
    return atomic_load(host->cancel);
}

#endif
