/* Names and texts of a model in SQL: whatever signs they have, they are one name, or one text.
 *
 * A column that a field fills is named `.userId`, as jq writes the path; what is told of it beside
 * its value, `minus_zero.length`. Columns of tables and those of the SQL's own have no point, so
 * none is ever taken for another. */
#include "sql_private.h"

static void append_doubled(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '`')
            buffer_append_char(out, '`');
        buffer_append_char(out, text.data[i]);
    }
}

void sql_append_name(struct buffer *out, struct str name)
{
    buffer_append_char(out, '`');
    append_doubled(out, name);
    buffer_append_char(out, '`');
}

void sql_append_escaped(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'' || text.data[i] == '\\')
            buffer_append_char(out, '\\');
        if (text.data[i] == '\n')
            buffer_append_str(out, STR("\\n"));
        else
            buffer_append_char(out, text.data[i]);
    }
}

void sql_append_text(struct buffer *out, struct str text)
{
    buffer_append_char(out, '\'');
    sql_append_escaped(out, text);
    buffer_append_char(out, '\'');
}

void sql_append_field(struct buffer *out, const char *format, const struct model_field *field)
{
    for (const char *brace; (brace = strchr(format, '{')); format = strchr(brace, '}') + 1) {
        buffer_append(out, format, (size_t)(brace - format));
        buffer_append_char(out, '`');
        buffer_append(out, brace + 1, strcspn(brace + 1, "}"));
        buffer_append_char(out, '.');
        append_doubled(out, field->name);
        buffer_append_char(out, '`');
    }
    buffer_append_str(out, str_of(format));
}
