/* Escape sequences of strings (RFC 8259, section 7): checks, decodes and writes them. */
#include "scan.h"

#include <assert.h>
#include <eight.h>

static const char half_a_pair[] = "half of a surrogate pair in a \\u escape";

const uint8_t json_hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* Parses four hexadecimal digits at *at and moves *at past them; false if there are fewer. The
 * table avoids branches on letter or digit, which would be mispredicted. */
static bool read_hex(const char **at, unsigned *out_unit)
{
    unsigned unit = 0;
    for (int i = 0; i < 4; i++, (*at)++) {
        unsigned digit = json_hex_digits[(unsigned char)**at];
        if (digit == 0)
            return false;
        unit = unit << 4 | (digit - 1);
    }
    *out_unit = unit;
    return true;
}

static bool is_high_surrogate(unsigned unit)
{
    return (unit & 0xFC00) == 0xD800;
}

static bool is_low_surrogate(unsigned unit)
{
    return (unit & 0xFC00) == 0xDC00;
}

/* The byte for which a backslash and `c` stand; 0 if there is none. */
static char simple_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

/* Checks that the escape of a low surrogate follows at `at`, after that of the high one at `high`.
 */
static const char *check_low_surrogate(struct scan *scan, const char *text, const char *high,
                                       const char *at)
{
    const char *wanted = "\\u";
    unsigned unit;
    while (*wanted && *at == *wanted)
        at++, wanted++;
    bool complete = *wanted == '\0' && read_hex(&at, &unit);
    if (complete && is_low_surrogate(unit))
        return at;
    return json_scan_fault_in_string(
        scan, text, !complete && json_scan_is_at_end(scan, at) ? at : high, half_a_pair);
}

const char *json_scan_escape(struct scan *scan, const char *text, const char *at)
{
    const char *backslash = at++;
    if (simple_escape(*at))
        return at + 1;
    if (*at++ != 'u')
        return json_scan_fault_in_string(
            scan, text, at - 1, "a backslash must be followed by one of \" \\ / b f n r t u");
    unsigned unit;
    if (!read_hex(&at, &unit))
        return json_scan_fault_in_string(scan, text, at,
                                         "\\u must be followed by four hexadecimal digits");
    if (is_high_surrogate(unit))
        return check_low_surrogate(scan, text, backslash, at);
    if (is_low_surrogate(unit))
        return json_scan_fault_in_string(scan, text, backslash, half_a_pair);
    return at;
}

const char *json_scan_skip_escape(const char *backslash)
{
    struct json_fault fault;
    struct scan scan = {.fault = &fault, .end = backslash};
    return json_scan_escape(&scan, backslash, backslash);
}

static char *put_utf8(char *out, unsigned code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xC0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *out++ = (char)(0xE0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    } else {
        *out++ = (char)(0xF0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3F));
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    }
    return out;
}

/* Decodes the \u escape (or the surrogate pair) whose digits are at *at, and moves *at past it. */
static char *decode_unicode(const char **at, char *out)
{
    unsigned code = 0, low = 0;
    bool ok = read_hex(at, &code);
    if (ok && is_high_surrogate(code)) {
        *at += sizeof "\\u" - 1;
        ok = read_hex(at, &low);
        code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF);
    }
    assert(ok);
    return put_utf8(out, code);
}

size_t json_unescape(const char *text, size_t len, char *out)
{
    const char *at = text, *end = text + len;
    char *to = out;
    for (;;) {
        /* Copies eight bytes and keeps those before the next backslash: user agents have an escape
         * every dozen bytes. The last ones are copied by `tail`, so that no byte after the text is
         * read. */
        char tail[DECODE_SLACK] = {0};
        size_t left = (size_t)(end - at);
        const char *from = at;
        if (left < DECODE_SLACK)
            from = memcpy(tail, at, left);
        memcpy(to, from, DECODE_SLACK);
        size_t plain = eight_before(eight_equal(eight_load(from), '\\'));
        if (plain >= left)
            return (size_t)(to + left - out);
        at += plain;
        to += plain;
        if (plain == DECODE_SLACK)
            continue;
        char byte = simple_escape(at[1]);
        at += 2;
        if (byte)
            *to++ = byte;
        else
            to = decode_unicode(&at, to);
    }
}

struct str json_text(const struct json_value *value, struct buffer *scratch)
{
    if (value->kind == JSON_KIND_MISSING || value->kind == JSON_KIND_NULL)
        return STR_NULL;
    if (!value->escaped)
        return (struct str){value->text, value->len};
    buffer_reset(scratch);
    char *out = buffer_reserve(scratch, (size_t)value->len + DECODE_SLACK);
    scratch->len = json_unescape(value->text, value->len, out);
    return buffer_str(scratch);
}

static void quote_byte(struct buffer *out, unsigned char byte)
{
    static const char letters[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                   ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};
    char letter = byte < sizeof letters ? letters[byte] : '\0';
    if (letter)
        buffer_append(out, (char[]){'\\', letter}, 2);
    else
        buffer_appendf(out, "\\u%04x", byte);
}

void json_quote(struct buffer *out, struct str text)
{
    size_t done = 0;
    buffer_append_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte >= ' ' && byte != '"' && byte != '\\')
            continue;
        buffer_append(out, text.data + done, i - done);
        quote_byte(out, byte);
        done = i + 1;
    }
    buffer_append(out, text.data + done, text.len - done);
    buffer_append_char(out, '"');
}
