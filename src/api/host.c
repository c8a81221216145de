/* Sends notes, warnings and steps to the host, and words hints for it. */
#include <host.h>

void host_note(void *ctx, const char *text)
{
    const struct host *host = ctx;
    host->say(host->ctx, HOST_NOTE, text);
}

void host_warn(const struct host *host, const char *text)
{
    host->say(host->ctx, HOST_WARNING, text);
}

void host_step(const struct host *host, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    host->say(host->ctx, HOST_STEP, text);
}

const char *host_hint_text(const struct error *error)
{
    const char *hint = error_hint_text(error);
    return !hint[0] && error->status == STATUS_USAGE ? "see 'sparkify --help'" : hint;
}
