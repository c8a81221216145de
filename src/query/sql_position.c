/* The caret's column is computed as a terminal shows the characters before it: wide ones take two
 * columns, tabs one. */
#include "sql_position.h"

#include "text_width.h"

#include <stdlib.h>

#define HEAD         "LINE "
#define SHOWN_BEFORE 50 /* columns */
#define SHOWN_AFTER  30

bool sql_position_line(struct str sql, size_t number, struct str *out)
{
    for (; number > 1; number--) {
        if (!sql.len || !memchr(sql.data, '\n', sql.len))
            return false;
        (void)str_consume_line(&sql);
    }
    *out = str_consume_line(&sql);
    return number == 1;
}

bool sql_position_parse(const char *message, size_t *out_line, struct str *out_shown,
                        size_t *out_columns)
{
    const char *head = message;
    while (head && strncmp(head, HEAD, strlen(HEAD)) != 0) {
        head = strchr(head, '\n');
        head += head != NULL;
    }
    if (!head)
        return false;
    char *end;
    unsigned long number = strtoul(head + strlen(HEAD), &end, 10);
    const char *text = end + strlen(": "), *newline = strchr(end, '\n');
    if (number == 0 || strncmp(end, ": ", strlen(": ")) != 0 || !newline)
        return false;
    size_t indent = strspn(newline + 1, " "), prefix = (size_t)(text - head);
    if (newline[1 + indent] != '^' || indent < prefix)
        return false;
    *out_line = number;
    *out_shown = (struct str){text, (size_t)(newline - text)};
    *out_columns = indent - prefix;
    return true;
}

/* The length in bytes of that many characters. */
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

/* The longest end of the text that takes at most `limit` columns. */
static struct str cut_begin(struct str text, size_t limit)
{
    while (text_width(text) > limit) {
        size_t first = bytes_of(text, 1);
        text = (struct str){text.data + first, text.len - first};
    }
    return text;
}

bool sql_position_append(struct buffer *out, struct str sql, unsigned line, unsigned column)
{
    CLEANUP(buffer_release) struct buffer before = {0}, after = {0};
    struct str text;
    if (!sql_position_line(sql, line, &text))
        return false;
    size_t at = bytes_of(text, column);
    text_append_printable(&before, (struct str){text.data, at});
    text_append_printable(&after, (struct str){text.data + at, text.len - at});
    struct str left = cut_begin(buffer_str(&before), SHOWN_BEFORE);
    struct str right = text_cut(buffer_str(&after), SHOWN_AFTER);
    const char *dots = left.len < before.len ? "…" : "";
    size_t begin = out->len;
    buffer_appendf(out, "LINE %u: %s", line, dots);
    size_t head = out->len - begin - (dots[0] ? strlen(dots) - 1 : 0) + text_width(left);
    buffer_append_str(out, left);
    buffer_append_str(out, right);
    buffer_appendf(out, "%s\n%*s^", right.len < after.len ? "…" : "", (int)head, "");
    return true;
}

void sql_position_append_at(struct buffer *out, struct str sql, size_t at)
{
    unsigned line = 1, column = 0;
    for (size_t i = 0; i < at; i++) {
        bool is_end = sql.data[i] == '\n';
        line += is_end;
        column = is_end ? 0 : column + (((unsigned char)sql.data[i] & 0xC0) != 0x80);
    }
    (void)sql_position_append(out, sql, line, column);
}

/* ---- Positions in messages of DuckDB's parser ------------------------------------------------ */

static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    return true;
}

/* Parses the word in 'at or near "x"'. */
static bool read_word(const char *message, struct str *out)
{
    static const char begin[] = "at or near \"";
    const char *word = strstr(message, begin);
    const char *end = word ? strchr(word + sizeof begin, '"') : NULL;
    if (!end)
        return false;
    word += sizeof begin - 1;
    *out = (struct str){word, (size_t)(end - word)};
    return true;
}

static bool stands_at(struct str sql, size_t at, struct str word)
{
    return str_starts_with((struct str){sql.data + at, sql.len - at}, word);
}

bool sql_position_append_of_parser(struct buffer *out, struct str sql, const char *message)
{
    struct str text, word, shown;
    size_t line, columns;
    if (is_ascii(sql) || !read_word(message, &word) ||
        !sql_position_parse(message, &line, &shown, &columns) ||
        str_starts_with(shown, STR("...")) || !sql_position_line(sql, line, &text))
        return false;
    size_t characters = (size_t)(text.data - sql.data) + text_cut(text, columns).len;
    struct str before = {sql.data, bytes_of(sql, (unsigned)characters)};
    if (stands_at(sql, characters, word) || !stands_at(sql, before.len, word))
        return false;
    sql_position_append_at(out, sql, before.len);
    return true;
}
