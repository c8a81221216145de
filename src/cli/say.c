#include "say.h"

#include "harmless.h"
#include "logging.h"
#include "terminal.h"

#define NAME    "sparkify: "
#define WARNING NAME "warning: "
#define INDENT  (sizeof NAME - 1) /* of a message's other lines */

/* As one write, since other threads draw the progress; a line that is drawn stands again below. */
static void print_wrapped(const char *start, unsigned indent, const char *text)
{
    CLEANUP(buffer_release) struct buffer line = {0};
    CLEANUP(buffer_release) struct buffer harmless = {0};
    append_harmless(&harmless, str_of(text));
    buffer_appendf(&line, "%s%s", terminal_can_redraw() ? TERMINAL_CLEAR : "", start);
    terminal_wrap(&line, buffer_text(&harmless), terminal_columns(), (unsigned)strlen(start),
                  indent);
    buffer_append_char(&line, '\n');
    fwrite(line.data, 1, line.len, stderr);
    fflush(stderr);
}

/* Lines that show a place in a text, or what is wrong with a record, stay as they are: they are not
 * wrapped. */
static void print_lines(const char *text)
{
    while (*text) {
        CLEANUP(buffer_release) struct buffer line = {0};
        size_t len = strcspn(text, "\n");
        append_harmless(&line, (struct str){text, len});
        fprintf(stderr, "  %s\n", buffer_text(&line));
        text += len + (text[len] == '\n');
    }
}

static void log_details(const char *text)
{
    while (*text) {
        CLEANUP(buffer_release) struct buffer line = {0};
        size_t len = strcspn(text, "\n");
        buffer_append(&line, text, len);
        logging_write(LOGGING_ERROR, buffer_text(&line), "");
        text += len + (text[len] == '\n');
    }
}

void say_error(const struct error *error, const char *details)
{
    const char *hint = error_hint_text(error);
    fflush(stdout);
    logging_write(LOGGING_ERROR, error->message, hint);
    log_details(details);
    if (logging_has_stderr())
        return;
    print_wrapped(NAME, INDENT, error->message);
    print_lines(details);
    if (strchr(hint, '\n'))
        print_lines(hint);
    else if (hint[0])
        print_wrapped("  ", 2, hint);
}

void say_note(void *ctx, const char *text)
{
    const struct common_settings *common = ctx;
    logging_write(LOGGING_INFO, text, "");
    if (!common->quiet && !logging_has_stderr())
        print_wrapped(NAME, INDENT, text);
}

void say_warning(const struct common_settings *common, const char *text)
{
    logging_write(LOGGING_WARNING, text, "");
    if (!common->quiet && !logging_has_stderr())
        print_wrapped(WARNING, INDENT, text);
}

void say_step(const struct common_settings *common, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    logging_write(LOGGING_DEBUG, text, "");
    if (common->verbose && !logging_has_stderr())
        print_wrapped(NAME, INDENT, text);
}
