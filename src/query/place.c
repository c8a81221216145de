/* A caret stands under its character by what the terminal makes of those before: wide ones take two
 * columns, tabs become blanks. */
#include "place.h"

#include "width.h"

#define SHOWN_BEFORE 50 /* columns */
#define SHOWN_AFTER  30

static bool find_line(struct str sql, unsigned line, struct str *out)
{
    for (; line > 1; line--) {
        const char *end = sql.len ? memchr(sql.data, '\n', sql.len) : NULL;
        if (!end)
            return false;
        sql.len -= (size_t)(end + 1 - sql.data);
        sql.data = end + 1;
    }
    const char *end = sql.len ? memchr(sql.data, '\n', sql.len) : NULL;
    *out = (struct str){sql.data, end ? (size_t)(end - sql.data) : sql.len};
    return line == 1;
}

/* The bytes of so many characters. */
static size_t bytes_of(struct str text, unsigned characters)
{
    size_t at = 0;
    while (at < text.len && characters-- > 0) {
        at++;
        while (at < text.len && ((unsigned char)text.data[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

/* The end of the text, from a character's begin on, that takes at most `limit` columns. */
static struct str cut_begin(struct str text, size_t limit)
{
    while (width_of(text) > limit) {
        size_t first = bytes_of(text, 1);
        text = (struct str){text.data + first, text.len - first};
    }
    return text;
}

bool place_append(struct buffer *out, struct str sql, unsigned line, unsigned column)
{
    CLEANUP(buffer_release) struct buffer before = {0}, after = {0};
    struct str text;
    if (!find_line(sql, line, &text))
        return false;
    size_t at = bytes_of(text, column);
    width_append_harmless(&before, (struct str){text.data, at});
    width_append_harmless(&after, (struct str){text.data + at, text.len - at});
    struct str left = cut_begin(buffer_str(&before), SHOWN_BEFORE);
    struct str right = width_cut(buffer_str(&after), SHOWN_AFTER);
    const char *dots = left.len < before.len ? "…" : "";
    size_t begin = out->len;
    buffer_appendf(out, "LINE %u: %s", line, dots);
    size_t head = out->len - begin - (dots[0] ? strlen(dots) - 1 : 0) + width_of(left);
    buffer_append_str(out, left);
    buffer_append_str(out, right);
    buffer_appendf(out, "%s\n%*s^", right.len < after.len ? "…" : "", (int)head, "");
    return true;
}
