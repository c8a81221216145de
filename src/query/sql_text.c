/* SQL as text: splitting statements, and literals. Quotes and comments are the same in DuckDB and
 * Spark, except dollar quotes, which only DuckDB has. */
#include <query.h>

#include <ctype.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* The position after the closing quote of the literal at `at`; a doubled quote is part of the
 * literal. */
static size_t skip_quoted(struct str text, size_t at)
{
    char quote = text.data[at++];
    while (at < text.len) {
        if (text.data[at++] != quote)
            continue;
        if (at >= text.len || text.data[at] != quote)
            return at;
        at++;
    }
    return at;
}

static size_t skip_line(struct str text, size_t at)
{
    while (at < text.len && text.data[at] != '\n')
        at++;
    return at;
}

/* Comments of this kind nest. */
static size_t skip_comment(struct str text, size_t at)
{
    size_t depth = 0;
    for (; at + 1 < text.len; at++) {
        if (text.data[at] == '/' && text.data[at + 1] == '*')
            depth++, at++;
        else if (text.data[at] == '*' && text.data[at + 1] == '/' && (at++, --depth == 0))
            return at + 1;
    }
    return text.len;
}

/* The position after the dollar quote "$tag$ … $tag$" at `at`; `at` when there is none. */
static size_t skip_dollar_quoted(struct str text, size_t at)
{
    size_t end = at + 1;
    while (end < text.len && (isalnum((unsigned char)text.data[end]) || text.data[end] == '_'))
        end++;
    if (end >= text.len || text.data[end] != '$')
        return at;
    size_t tag = end + 1 - at;
    const char *close = memmem(text.data + end + 1, text.len - end - 1, text.data + at, tag);
    return close ? (size_t)(close - text.data) + tag : text.len;
}

/* The position after the comment at `at`; `at` when there is none. */
static size_t skip_any_comment(struct str text, size_t at)
{
    if (at + 1 >= text.len)
        return at;
    if (text.data[at] == '-' && text.data[at + 1] == '-')
        return skip_line(text, at);
    return text.data[at] == '/' && text.data[at + 1] == '*' ? skip_comment(text, at) : at;
}

/* The position after the quote, comment or character at `at`. */
static size_t skip_token(struct str text, size_t at)
{
    size_t end = skip_any_comment(text, at);
    if (end == at && (text.data[at] == '\'' || text.data[at] == '"'))
        end = skip_quoted(text, at);
    if (end == at && text.data[at] == '$' &&
        !(at > 0 && (isalnum((unsigned char)text.data[at - 1]) || text.data[at - 1] == '_')))
        end = skip_dollar_quoted(text, at);
    return end == at ? at + 1 : end;
}

/* True when the text is nothing but blanks and comments. */
static bool is_empty(struct str text)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = is_blank(text.data[at]) ? at + 1 : skip_any_comment(text, at);
        if (end == at)
            return false;
        at = end;
    }
    return true;
}

bool query_next_statement(struct str *text, struct str *out, bool *out_complete)
{
    while (text->len > 0) {
        size_t end = 0;
        while (end < text->len && text->data[end] != ';')
            end = skip_token(*text, end);
        struct str statement = {text->data, end};
        bool is_complete = end < text->len;
        *text = (struct str){text->data + end + is_complete, text->len - end - is_complete};
        if (is_empty(statement))
            continue;
        *out = statement;
        *out_complete = is_complete;
        return true;
    }
    return false;
}

void query_append_literal(struct buffer *out, struct str text)
{
    buffer_append_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'')
            buffer_append_char(out, '\'');
        buffer_append_char(out, text.data[i]);
    }
    buffer_append_char(out, '\'');
}
