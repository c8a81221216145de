/* Borrowed strings, growable buffers and UTF-8. */
#include <base.h>
#include <eight.h>

char *str_dup(struct str s)
{
    char *copy = mem_alloc(s.len + 1);
    if (s.len)
        memcpy(copy, s.data, s.len);
    copy[s.len] = '\0';
    return copy;
}

char *text_dup(const char *text)
{
    return text ? str_dup(str_of(text)) : NULL;
}

int str_compare(struct str a, struct str b)
{
    if (!a.data || !b.data)
        return (a.data != NULL) - (b.data != NULL);
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool str_starts_with(struct str s, struct str prefix)
{
    return prefix.len == 0 || (s.len >= prefix.len && memcmp(s.data, prefix.data, prefix.len) == 0);
}

bool str_consists_of(struct str s, const char *bytes)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] == '\0' || !strchr(bytes, s.data[i]))
            return false;
    return true;
}

bool str_ends_with(struct str s, struct str suffix)
{
    return s.len >= suffix.len && memcmp(s.data + s.len - suffix.len, suffix.data, suffix.len) == 0;
}

/* The length of the well-formed sequence that begins at `s`, or 0 (RFC 3629, section 4). */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
    unsigned char lead = s[0], low = 0x80, high = 0xBF;
    size_t len;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF) {
        len = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        len = 3;
        low = lead == 0xE0 ? 0xA0 : low;
        high = lead == 0xED ? 0x9F : high;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        len = 4;
        low = lead == 0xF0 ? 0x90 : low;
        high = lead == 0xF4 ? 0x8F : high;
    } else {
        return 0;
    }
    if (left < len || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

/* Of 32 bytes. */
static bool are_ascii(const char *at)
{
    uint64_t all = eight_load(at) | eight_load(at + 8) | eight_load(at + 16) | eight_load(at + 24);
    return !(all & EIGHT_TOPS);
}

size_t utf8_valid_prefix(const char *bytes, size_t len)
{
    size_t at = 0;
    while (at < len) {
        if (len - at >= 8) {
            unsigned ascii = eight_before(eight_load(bytes + at) & EIGHT_TOPS);
            at += ascii;
            while (ascii == 8 && len - at >= 32 && are_ascii(bytes + at))
                at += 32;
            if (ascii == 8)
                continue;
        }
        size_t sequence = utf8_sequence((const unsigned char *)bytes + at, len - at);
        if (sequence == 0)
            return at;
        at += sequence;
    }
    return len;
}

void buffer_release(struct buffer *buffer)
{
    mem_free(buffer->data);
    *buffer = (struct buffer){0};
}

/* What most texts need: a longer one is formatted twice. */
#define FORMAT_BYTES 128

void buffer_appendf(struct buffer *buffer, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char *to = buffer_reserve(buffer, FORMAT_BYTES);
    size_t room = buffer->cap - buffer->len;
    int len = vsnprintf(to, room, format, args);
    if (len > 0 && (size_t)len >= room)
        vsnprintf(buffer_reserve(buffer, (size_t)len + 1), (size_t)len + 1, format, again);
    if (len > 0)
        buffer->len += (size_t)len;
    va_end(again);
    va_end(args);
}

void buffer_append_utf8(struct buffer *buffer, struct str bytes)
{
    while (bytes.len > 0) {
        size_t valid = utf8_valid_prefix(bytes.data, bytes.len);
        buffer_append(buffer, bytes.data, valid);
        if (valid < bytes.len) {
            buffer_append_str(buffer, STR("\xEF\xBF\xBD"));
            valid++;
        }
        bytes = str_from(bytes, valid);
    }
}

const char *buffer_text(struct buffer *buffer)
{
    *buffer_reserve(buffer, 1) = '\0';
    return buffer->data;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.len && is_space(s.data[s.len - 1]))
        s.len--;
    while (s.len && is_space(*s.data))
        s = str_from(s, 1);
    return s;
}

struct str str_consume_line(struct str *text)
{
    const char *newline = text->len ? memchr(text->data, '\n', text->len) : NULL;
    struct str line = {text->data, newline ? (size_t)(newline - text->data) : text->len};
    *text = newline ? (struct str){newline + 1, text->len - line.len - 1} : STR("");
    return line;
}
