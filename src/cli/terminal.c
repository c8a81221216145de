#include "terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_COLUMNS 80
#define LEAST_COLUMNS   20 /* a narrower terminal breaks lines by itself */

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

/* ---- Width ----------------------------------------------------------------------------------- */

static unsigned columns_of(uint32_t character)
{
    static const struct {
        uint32_t first, last;
        unsigned columns;
    } ranges[] = {
        /* combining marks, and what only joins others */
        {0x0300, 0x036F, 0},
        {0x200B, 0x200F, 0},
        {0xFE00, 0xFE0F, 0},
        /* East Asian scripts and pictures */
        {0x1100, 0x115F, 2},
        {0x2E80, 0xA4CF, 2},
        {0xAC00, 0xD7A3, 2},
        {0xF900, 0xFAFF, 2},
        {0xFE30, 0xFE6F, 2},
        {0xFF00, 0xFF60, 2},
        {0x1F300, 0x1FAFF, 2},
        {0x20000, 0x3FFFD, 2},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(ranges); i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return ranges[i].columns;
    return 1;
}

unsigned terminal_consume_character(const char **text)
{
    const unsigned char *byte = (const unsigned char *)*text;
    size_t len = byte[0] < 0xC0 ? 1 : byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : 4;
    if (strnlen(*text, len) < len || utf8_valid_prefix(*text, len) != len) {
        *text += 1;
        return 1;
    }
    uint32_t character = len == 1 ? byte[0] : byte[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++)
        character = character << 6 | (byte[i] & 0x3F);
    *text += len;
    return columns_of(character);
}

unsigned terminal_text_width(const char *text)
{
    unsigned width = 0;
    while (*text)
        width += terminal_consume_character(&text);
    return width;
}

/* ---- Wrapping -------------------------------------------------------------------------------- */

/* The width of the text up to `end`. */
static unsigned width_until(const char *text, const char *end)
{
    unsigned width = 0;
    while (text < end)
        width += terminal_consume_character(&text);
    return width;
}

void terminal_wrap(struct buffer *out, const char *text, unsigned columns, unsigned used,
                   unsigned indent)
{
    bool at_start = true; /* of a line */
    while (*text) {
        size_t spaces = strspn(text, " ");
        const char *word = text + spaces, *end = word + strcspn(word, " ");
        unsigned width = width_until(word, end);
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
