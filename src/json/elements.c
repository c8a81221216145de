/* The elements of an array that a scan has found. Its text has been validated, so only the ends of
 * strings and of nested values are looked for. */
#include <json.h>

/* The end of the string that begins at `at`, and whether it has escapes. */
static const char *skip_string(const char *at, bool *escaped)
{
    *escaped = false;
    for (at++; *at != '"'; at++)
        if (*at == '\\') {
            *escaped = true;
            at++;
        }
    return at + 1;
}

/* The end of the object or array that begins at `at`. */
static const char *skip_nested(const char *at)
{
    size_t depth = 0;
    bool ignored;
    do {
        if (*at == '"') {
            at = skip_string(at, &ignored);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (depth > 0);
    return at;
}

static const char *skip_scalar(const char *at)
{
    while (*at != ',' && *at != ']' && (unsigned char)*at > ' ')
        at++;
    return at;
}

static enum json_kind kind_of(char first)
{
    switch (first) {
    case '"':
        return JSON_KIND_STRING;
    case '{':
        return JSON_KIND_OBJECT;
    case '[':
        return JSON_KIND_ARRAY;
    case 'n':
        return JSON_KIND_NULL;
    case 't':
        return JSON_KIND_TRUE;
    case 'f':
        return JSON_KIND_FALSE;
    default:
        return JSON_KIND_NUMBER;
    }
}

struct json_elements json_elements_of(const struct json_value *array)
{
    return (struct json_elements){array->text + 1, array->text + array->len - 1};
}

bool json_elements_next(struct json_elements *elements, struct json_value *out)
{
    const char *begin = json_skip_space(elements->at, elements->end, JSON_DOCUMENT), *stop;
    if (begin == elements->end)
        return false;
    enum json_kind kind = kind_of(*begin);
    bool escaped = false, is_string = kind == JSON_KIND_STRING;
    if (is_string)
        stop = skip_string(begin, &escaped);
    else
        stop = kind >= JSON_KIND_OBJECT ? skip_nested(begin) : skip_scalar(begin);
    elements->at = json_skip_space(stop, elements->end, JSON_DOCUMENT);
    elements->at += *elements->at == ',';
    *out = (struct json_value){begin + is_string, (uint32_t)(stop - begin) - 2 * is_string,
                               (uint8_t)kind, escaped};
    return true;
}
