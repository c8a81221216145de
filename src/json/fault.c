/* Faults of a record, with messages for whoever has to fix the record; and the rare paths of the
 * scanner that may find one. */
#include "scan.h"

static const char not_utf8[] = "a byte inside a string is not valid UTF-8";

static const char *set_fault(struct scan *scan, enum json_fault_code code, const char *at,
                             const char *message)
{
    *scan->fault = (struct json_fault){code, at, message};
    return NULL;
}

static bool line_ends(const struct scan *scan, const char *at)
{
    return *at == '\n' && scan->layout == JSON_LINE;
}

bool json_scan_is_at_end(const struct scan *scan, const char *at)
{
    return at >= scan->end || line_ends(scan, at);
}

const char *json_scan_fault(struct scan *scan, const char *at, const char *message)
{
    if (at >= scan->end)
        message = "the text ends before the record does";
    else if (line_ends(scan, at))
        message = "the line ends before the record does";
    return set_fault(scan, JSON_NOT_JSON, at, message);
}

const char *json_scan_fault_in_string(struct scan *scan, const char *text, const char *at,
                                      const char *message)
{
    size_t len = (size_t)(at - text), valid = utf8_valid_prefix(text, len);
    if (valid < len)
        return set_fault(scan, JSON_NOT_UTF8, text + valid, not_utf8);
    if (at >= scan->end)
        message = "the text ends inside a string";
    else if (line_ends(scan, at))
        message = "the line ends inside a string";
    return set_fault(scan, JSON_NOT_JSON, at, message);
}

/* Sets a fault after which the end of the record can still be found; only the first is kept.
 * Returns whether the scan goes on. */
static bool set_recoverable_fault(struct scan *scan, enum json_fault_code code, const char *at,
                                  const char *message)
{
    if (scan->fault->code == JSON_OK)
        set_fault(scan, code, at, message);
    return scan->layout == JSON_DOCUMENT;
}

#define WORD_LEVELS 64

/* The innermost level is the stack's lowest bit. Depth 2 is the first level in it, so a word is
 * full before depth 66, 130, … */
bool json_scan_enter_deep(struct scan *scan, const char *at, size_t depth, uint64_t stack)
{
    if (!set_recoverable_fault(scan, JSON_TOO_DEEP, at, "nested deeper than 64 levels"))
        return false;
    if (depth == JSON_MAX_DEPTH + 1)
        buffer_reset(&scan->scanner->deep);
    if (depth % WORD_LEVELS == 2)
        buffer_append(&scan->scanner->deep, (const char *)&stack, sizeof stack);
    return true;
}
_Static_assert(JSON_MAX_DEPTH == 64, "the message says so, and a word must hold what is allowed");

uint64_t json_scan_leave_deep(struct scan *scan, size_t depth, uint64_t stack)
{
    struct buffer *deep = &scan->scanner->deep;
    if (depth % WORD_LEVELS == 1) {
        deep->len -= sizeof stack;
        memcpy(&stack, deep->data + deep->len, sizeof stack);
    }
    return stack;
}

static bool is_letter(char c)
{
    return (unsigned)((c | 0x20) - 'a') < 26;
}

const char *json_scan_fault_no_value(struct scan *scan, const char *at)
{
    const char *message = "expected a value";
    if (is_letter(*at))
        message = "a word without quotes is not a value (only true, false and null are)";
    else if (*at == '\'')
        message = "a string must have double quotes";
    else if (*at == '+' || *at == '.')
        message = "a number must begin with a digit or '-'";
    else if (*at == '/' || *at == '#')
        message = "JSON has no comments";
    else if (*at == '}' || *at == ']' || *at == ',')
        message = "a value is missing";
    return json_scan_fault(scan, at, message);
}

bool json_scan_check_string(struct scan *scan, const char *text, const char *at)
{
    size_t len = (size_t)(at - text);
    if (*at == '"') {
        size_t valid = utf8_valid_prefix(text, len);
        return valid == len || set_recoverable_fault(scan, JSON_NOT_UTF8, text + valid, not_utf8);
    }
    json_scan_fault_in_string(scan, text, at, "a control byte inside a string must be escaped");
    return false;
}

const char *json_scan_literal(struct scan *scan, const char *at, struct json_value *value)
{
    static const struct {
        struct str word;
        enum json_kind kind;
    } literals[] = {{{"null", 4}, JSON_KIND_NULL},
                    {{"true", 4}, JSON_KIND_TRUE},
                    {{"false", 5}, JSON_KIND_FALSE}};
    for (size_t i = 0; i < ARRAY_LENGTH(literals); i++) {
        struct str word = literals[i].word;
        size_t same = 0;
        while (same < word.len && at[same] == word.data[same])
            same++;
        if (same == word.len) {
            *value =
                (struct json_value){at, (uint32_t)same, (uint8_t)literals[i].kind, false, false};
            return at + same;
        }
        if (same > 0 && json_scan_is_at_end(scan, at + same))
            return json_scan_fault(scan, at + same, NULL);
    }
    return json_scan_fault_no_value(scan, at);
}
