#include "terminal.h"

#include <text_width.h>

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_COLUMNS 80
#define LEAST_COLUMNS   20 /* a narrower terminal wraps lines by itself */

bool terminal_can_redraw(void)
{
    const char *kind = getenv("TERM");
    return isatty(STDERR_FILENO) && kind && kind[0] && strcmp(kind, "dumb") != 0;
}

unsigned terminal_columns_of(int fd)
{
    struct winsize size = {0};
    if (!isatty(fd))
        return 0;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return DEFAULT_COLUMNS;
    return size.ws_col < LEAST_COLUMNS ? LEAST_COLUMNS : size.ws_col;
}

unsigned terminal_columns(void)
{
    return terminal_columns_of(STDERR_FILENO);
}

/* ---- Wrapping -------------------------------------------------------------------------------- */

void terminal_wrap(struct buffer *out, const char *text, unsigned columns, unsigned used,
                   unsigned indent)
{
    bool at_start = true; /* of a line */
    while (*text) {
        size_t spaces = strspn(text, " ");
        const char *word = text + spaces, *end = word + strcspn(word, " ");
        unsigned width = (unsigned)text_width((struct str){word, (size_t)(end - word)});
        if (!at_start && columns && used + spaces + width > columns) {
            buffer_appendf(out, "\n%*s", (int)indent, "");
            used = indent;
            spaces = 0;
        }
        buffer_append(out, word - spaces, (size_t)(end - word) + spaces);
        used += (unsigned)spaces + width;
        at_start = false;
        text = end;
    }
}
