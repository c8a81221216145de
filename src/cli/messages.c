#include "messages.h"

#include "logging.h"
#include "terminal.h"
#include <host.h>
#include <printable.h>

#define NAME    "sparkify: "
#define WARNING NAME "warning: "
#define INDENT  (sizeof NAME - 1) /* of a message's other lines */

/* One write, since another thread may draw the progress line; that is drawn again below. */
static void print_wrapped(const char *start, unsigned indent, const char *text)
{
    CLEANUP(buffer_release) struct buffer line = {0};
    CLEANUP(buffer_release) struct buffer harmless = {0};
    printable_append(&harmless, str_of(text));
    buffer_appendf(&line, "%s%s", terminal_can_redraw() ? TERMINAL_CLEAR : "", start);
    terminal_wrap(&line, buffer_text(&harmless), terminal_columns(), (unsigned)strlen(start),
                  indent);
    buffer_append_char(&line, '\n');
    fwrite(line.data, 1, line.len, stderr);
    fflush(stderr);
}

/* Hints of several lines, such as a position in SQL, are not wrapped. */
static void print_lines(const char *text)
{
    for (struct str rest = str_of(text); rest.len;) {
        CLEANUP(buffer_release) struct buffer line = {0};
        printable_append(&line, str_consume_line(&rest));
        fprintf(stderr, "  %s\n", buffer_text(&line));
    }
}

static void log_details(const char *text)
{
    for (struct str rest = str_of(text); rest.len;) {
        CLEANUP(mem_drop) char *line = str_dup(str_consume_line(&rest));
        logging_write(LOGGING_ERROR, line, "");
    }
}

void messages_error(const struct error *error, const char *details)
{
    const char *hint = host_hint_text(error);
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

/* Applies --quiet (only errors) and --verbose (steps, too). */
static bool is_shown(const struct common_settings *common, enum host_level level)
{
    return !logging_has_stderr() && (level == HOST_STEP ? common->verbose : !common->quiet);
}

void messages_say(void *ctx, enum host_level level, const char *text)
{
    static const enum logging_level levels[] = {
        [HOST_STEP] = LOGGING_DEBUG, [HOST_NOTE] = LOGGING_INFO, [HOST_WARNING] = LOGGING_WARNING};
    logging_write(levels[level], text, "");
    if (is_shown(ctx, level))
        print_wrapped(level == HOST_WARNING ? WARNING : NAME, INDENT, text);
}
