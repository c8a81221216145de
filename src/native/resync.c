/* Goes on behind a fault. Brackets and quotes nearly always tell where a value ends, whatever else
 * is wrong with it; and '{' at the begin of a line, where a record begins. What is found may be
 * wrong: then what is read there is rejected in its turn. */
#include "resync.h"

#include <json.h>

/* NULL where it does not end, or has a control byte, as one has that was cut off. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && (unsigned char)*at >= ' '; at++) {
        if (*at == '"')
            return at + 1;
        at += *at == '\\';
    }
    return NULL;
}

static const char *skip_nested(const char *at, const char *end)
{
    size_t depth = 0;
    while (at && at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
            continue;
        }
        depth += *at == '{' || *at == '[';
        if ((*at == '}' || *at == ']') && --depth == 0)
            return at + 1;
        at++;
    }
    return NULL;
}

const char *resync_skip_value(const char *at, const char *end)
{
    if (*at == '{' || *at == '[')
        return skip_nested(at, end);
    if (*at == '"')
        return skip_string(at, end);
    for (at++; at < end && !json_is_space(*at) && !strchr(",]}{[", *at); at++)
        ;
    return at;
}

/* The first '{' at the begin of a line, at or behind `from`. */
static const char *next_at_line(const char *from, const char *end)
{
    const char *newline = from - 1;
    while (newline < end && (newline = memchr(newline, '\n', (size_t)(end - newline)))) {
        newline++;
        if (newline < end && *newline == '{')
            return newline;
    }
    return end;
}

const char *resync_next_record(const char *at, const char *fault, const char *end)
{
    const char *line = next_at_line(fault > at ? fault : at + 1, end);
    if (*at == '{') {
        const char *stop = skip_nested(at, line);
        return stop ? stop : line;
    }
    const char *brace = memchr(at, '{', (size_t)(line - at));
    return brace ? brace : line;
}

const char *resync_any_record(const char *at, const char *end)
{
    for (at++; at < end; at++)
        if (*at == '{' && (at[-1] == '\n' || at[-1] == '}'))
            return at;
    return end;
}

const char *resync_find_array(const char *at, const char *end, struct str key)
{
    for (size_t depth = 0; at < end;) {
        if (*at != '"') {
            depth += *at == '{' || *at == '[';
            depth -= (*at == '}' || *at == ']') && depth > 0;
            at++;
            continue;
        }
        const char *name = at + 1;
        at = skip_string(at, end);
        if (!at)
            return NULL;
        if (depth != 1 || !str_equal((struct str){name, (size_t)(at - 1 - name)}, key))
            continue;
        while (at < end && (json_is_space(*at) || *at == ':'))
            at++;
        if (at < end && *at == '[')
            return at;
    }
    return NULL;
}
