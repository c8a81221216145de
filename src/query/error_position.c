/* Parses the position of an error in a hint. DuckDB shows the line with a caret below it; of a long
 * line it shows a part after "...", which is searched in the SQL to find the column. Hints of
 * sql_position.c have "…" instead, and count terminal columns. */
#include "sql_position.h"

#include <query.h>
#include <text_width.h>

static size_t characters(const char *text, size_t bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* Marks of an omitted part: DuckDB's, and that of sql_position.c. */
static const struct cut {
    struct str mark;
    size_t columns;
} cuts[] = {{STR("..."), 3}, {STR("…"), 1}};

/* How many characters of the line come before the part that is shown; 0 where it is not in it. */
static size_t before_part(struct str line, struct str shown, const struct cut *cut)
{
    CLEANUP(buffer_release) struct buffer printable = {0};
    if (cut != cuts) { /* sql_position.c shows each character as a terminal may have it */
        text_append_printable(&printable, line);
        line = buffer_str(&printable);
    }
    if (shown.len > cut->mark.len && str_ends_with(shown, cut->mark))
        shown.len -= cut->mark.len;
    const char *found = line.len ? memmem(line.data, line.len, shown.data, shown.len) : NULL;
    return found ? characters(line.data, (size_t)(found - line.data)) : 0;
}

/* The column in the line of what is shown, with the caret `columns` behind its begin. */
static size_t column_of(struct str line, struct str shown, size_t columns)
{
    size_t before = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(cuts); i++) {
        const struct cut *cut = &cuts[i];
        if (!str_starts_with(shown, cut->mark))
            continue;
        shown = (struct str){shown.data + cut->mark.len, shown.len - cut->mark.len};
        columns -= columns < cut->columns ? columns : cut->columns;
        before = before_part(line, shown, cut);
        break;
    }
    return before + characters(shown.data, text_cut(shown, columns).len) + 1;
}

bool query_error_position(struct str sql, const char *hint, size_t *out_line, size_t *out_column)
{
    struct str line = STR(""), shown;
    size_t columns;
    if (!sql_position_parse(hint, out_line, &shown, &columns))
        return false;
    (void)sql_position_line(sql, *out_line, &line);
    *out_column = column_of(line, shown, columns);
    return true;
}
