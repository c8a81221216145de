#include "sql_template.h"

#include <assert.h>
#include <sql_texts.h>

void sql_values_release(struct sql_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        buffer_release(&values->all[i].text);
    *values = (struct sql_values){0};
}

/* The number of the value; values->count where it is not set. */
static size_t find_value(const struct sql_values *values, struct str name)
{
    size_t i = 0;
    while (i < values->count && !str_equal(name, str_of(values->all[i].name)))
        i++;
    return i;
}

struct buffer *sql_value(struct sql_values *values, const char *name)
{
    size_t i = find_value(values, str_of(name));
    if (i == values->count) {
        assert(values->count < SQL_MAX_VALUES);
        values->all[values->count++].name = name;
    }
    buffer_reset(&values->all[i].text);
    return &values->all[i].text;
}

void sql_set(struct sql_values *values, const char *name, struct str text)
{
    buffer_append_str(sql_value(values, name), text);
}

static void fill(struct buffer *out, struct str template, const struct sql_values *values);

static void append_template(struct buffer *out, struct str name, const struct sql_values *values)
{
    const struct text_file *file = sql_texts;
    while (file->name && !str_equal(name, str_of(file->name)))
        file++;
    assert(file->name);
    struct str template = str_of(file->text);
    assert(str_ends_with(template, STR("\n")));
    fill(out, (struct str){template.data, template.len - 1}, values);
}

/* The name of the placeholder that begins at the '{', or an empty string. */
static struct str placeholder_at(const char *brace, const char *end)
{
    const char *at = brace + 1;
    while (at < end && ((*at >= 'a' && *at <= 'z') || *at == '_'))
        at++;
    size_t len = at < end && *at == '}' ? (size_t)(at - brace - 1) : 0;
    return (struct str){brace + 1, len};
}

static void fill(struct buffer *out, struct str template, const struct sql_values *values)
{
    const char *end = template.data + template.len;
    for (const char *at = template.data; at < end; at++) {
        struct str name = *at == '{' ? placeholder_at(at, end) : (struct str){0};
        if (name.len == 0) {
            buffer_append_char(out, *at);
            continue;
        }
        size_t value = find_value(values, name);
        if (value < values->count)
            buffer_append_str(out, buffer_str(&values->all[value].text));
        else
            append_template(out, name, values);
        at += name.len + 1;
    }
}

void sql_fill(struct buffer *out, const char *name, const struct sql_values *values)
{
    append_template(out, str_of(name), values);
}

void sql_fill_text(struct buffer *out, const char *text, const struct sql_values *values)
{
    fill(out, str_of(text), values);
}
