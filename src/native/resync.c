/* Goes on behind a fault. Brackets and quotes nearly always tell where a value ends, whatever else
 * is wrong with it; and '{' at the begin of a line or behind '}', where a record begins. What is
 * found may be wrong: then what is read there is rejected in its turn. */
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

/* A string that seems to end with }{ before a key: its quotes are those between two strings, and
 * the next record begins in it. */
static bool is_inside_out(const char *at, const char *stop, const char *end)
{
    const char *key = stop;
    if (stop - at < 4 || stop[-3] != '}' || stop[-2] != '{')
        return false;
    while (stop < end && (unsigned char)*stop >= ' ' && !strchr("\"\\:,{}[]", *stop))
        stop++;
    if (stop == key || stop == end || *stop != '"')
        return false;
    stop = json_skip_space(stop + 1, end, JSON_DOCUMENT);
    return stop < end && *stop == ':';
}

/* The end of the record at `at`, or where the next one begins: in a record no '{' follows '}'. Once
 * a string does not end, brackets tell nothing but that. NULL when there is neither. */
static const char *skip_record(const char *at, const char *end)
{
    size_t depth = 0;
    bool is_broken = false;
    char last = '\0'; /* that is no white space */
    for (; at < end; at++) {
        const char *stop = *at == '"' ? skip_string(at, end) : NULL;
        if (*at == '"' && (!stop || is_inside_out(at, stop, end)))
            is_broken = true;
        else if (*at == '"')
            at = stop - 1;
        else if (*at == '{' && last == '}')
            return at;
        depth += !is_broken && (*at == '{' || *at == '[');
        if (!is_broken && (*at == '}' || *at == ']') && --depth == 0)
            return at + 1;
        last = json_is_space(*at) ? last : *at;
    }
    return NULL;
}

const char *resync_next_record(const char *at, const char *fault, const char *end)
{
    const char *line = next_at_line(fault > at ? fault : at + 1, end);
    if (*at == '{') {
        const char *stop = skip_record(at, line);
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
