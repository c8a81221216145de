#include "sql_template.h"

#include <assert.h>
#include <sql_texts.h>

void sql_values_release(struct sql_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        buffer_release(&values->all[i].text);
    *values = (struct sql_values){0};
}

struct buffer *sql_value(struct sql_values *values, const char *name)
{
    size_t i = 0;
    while (i < values->count && strcmp(values->all[i].name, name) != 0)
        i++;
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

static bool append_value(struct buffer *out, struct str name, const struct sql_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (str_equal(name, str_of(values->all[i].name))) {
            buffer_append_str(out, buffer_str(&values->all[i].text));
            return true;
        }
    return false;
}

static const char *find_text(struct str name)
{
    for (const struct text_file *text = sql_texts; text->name; text++)
        if (str_equal(name, str_of(text->name)))
            return text->text;
    return NULL;
}

static void fill(struct buffer *out, struct str template, const struct sql_values *values);

static void append_template(struct buffer *out, struct str name, const struct sql_values *values)
{
    const char *text = find_text(name);
    assert(text);
    struct str template = str_of(text);
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
        if (!append_value(out, name, values))
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
