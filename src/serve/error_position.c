/* DuckDB shows the line with a caret below it. Of a long line it shows a part, behind "...": where
 * that part is in the line, the SQL tells. */
#include "error_position.h"

#include <stdio.h>
#include <stdlib.h>

static struct str line_of(struct str sql, size_t number)
{
    for (; number > 1; number--) {
        const char *end = sql.len ? memchr(sql.data, '\n', sql.len) : NULL;
        if (!end)
            return (struct str){sql.data + sql.len, 0};
        sql.len -= (size_t)(end + 1 - sql.data);
        sql.data = end + 1;
    }
    const char *end = sql.len ? memchr(sql.data, '\n', sql.len) : NULL;
    return (struct str){sql.data, end ? (size_t)(end - sql.data) : sql.len};
}

static size_t characters(const char *text, size_t bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* How many characters of the line stand before the part that is shown. */
static size_t before_part(struct str line, struct str shown)
{
    static const struct str dots = STR("...");
    if (shown.len > dots.len && str_ends_with(shown, dots))
        shown.len -= dots.len;
    const char *found = line.len ? memmem(line.data, line.len, shown.data, shown.len) : NULL;
    return found ? characters(line.data, (size_t)(found - line.data)) : 0;
}

bool error_position_find(struct str sql, const char *hint, size_t *out_line, size_t *out_column)
{
    static const char head[] = "LINE ";
    char *end;
    while (hint && strncmp(hint, head, sizeof head - 1) != 0) { /* other lines may stand before */
        hint = strchr(hint, '\n');
        hint += hint != NULL;
    }
    if (!hint)
        return false;
    unsigned long number = strtoul(hint + sizeof head - 1, &end, 10);
    const char *newline = strchr(end, '\n');
    if (number == 0 || strncmp(end, ": ", 2) != 0 || !newline)
        return false;
    struct str shown = {end + 2, (size_t)(newline - end - 2)};
    size_t indent = strspn(newline + 1, " "), prefix = (size_t)(shown.data - hint), before = 0;
    if (newline[1 + indent] != '^' || indent < prefix)
        return false;
    if (str_starts_with(shown, STR("..."))) {
        prefix += 3;
        before = before_part(line_of(sql, number), (struct str){shown.data + 3, shown.len - 3});
    }
    *out_line = number;
    *out_column = before + (indent > prefix ? indent - prefix : 0) + 1;
    return true;
}
