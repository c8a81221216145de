/* host: the caller of a command: the program, or a user of the library. It may cancel the command,
 * and receives notes and warnings while the command runs. */
#pragma once

#include <base.h>

enum host_level {
    HOST_STEP,    /* details of progress */
    HOST_NOTE,    /* a fact the user should know; nothing is wrong */
    HOST_WARNING, /* something is probably wrong, but nothing failed */
};

struct host {
    /* Called from any thread. */
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
