/* The width of text on a terminal, by grapheme clusters (Unicode Standard Annexes 11 and 29). */
#include <text_width.h>

#include <utf8proc.h>

bool text_is_printable(uint32_t code)
{
    if (code == 0x200C || code == 0x200D) /* joiners */
        return true;
    if (code == TEXT_NOT_UTF8 || (code >= 0xE0000 && code <= 0xE007F)) /* tag characters */
        return false;
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    return category != UTF8PROC_CATEGORY_CC && category != UTF8PROC_CATEGORY_CF &&
           category != UTF8PROC_CATEGORY_ZL && category != UTF8PROC_CATEGORY_ZP &&
           category != UTF8PROC_CATEGORY_CS;
}

size_t text_next_character(struct str text, size_t at, uint32_t *out)
{
    utf8proc_int32_t code;
    utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)text.data + at,
                                            (utf8proc_ssize_t)(text.len - at), &code);
    *out = len > 0 ? (uint32_t)code : TEXT_NOT_UTF8;
    return len > 0 ? (size_t)len : 1;
}

void text_append_printable(struct buffer *out, struct str text)
{
    uint32_t c;
    for (size_t at = 0, len; at < text.len; at += len) {
        len = text_next_character(text, at, &c);
        if (c == '\n')
            buffer_append_str(out, STR("⏎"));
        else if (c == '\t' || c == '\r')
            buffer_append_char(out, ' ');
        else if (!text_is_printable(c))
            buffer_append_str(out, STR("\xEF\xBF\xBD"));
        else
            buffer_append(out, text.data + at, len);
    }
}

/* The length in bytes of the grapheme cluster at `at`; its width is that of its widest character.
 */
static size_t next_cluster(struct str text, size_t at, size_t *out_width)
{
    uint32_t c;
    utf8proc_int32_t before = 0, state = 0;
    size_t end = at, width = 0;
    while (end < text.len) {
        size_t len = text_next_character(text, end, &c);
        utf8proc_int32_t code = c == TEXT_NOT_UTF8 ? 0xFFFD : (utf8proc_int32_t)c;
        if (end > at && utf8proc_grapheme_break_stateful(before, code, &state))
            break;
        size_t own = (size_t)utf8proc_charwidth(code);
        if (c == 0xFE0F ||
            (c >= 0x1F1E6 && c <= 0x1F1FF)) /* emoji presentation; a regional indicator */
            own = 2;
        width = own > width ? own : width;
        before = code;
        end += len;
    }
    *out_width = width;
    return end - at;
}

size_t text_width(struct str text)
{
    size_t total = 0, width;
    for (size_t at = 0; at < text.len; total += width)
        at += next_cluster(text, at, &width);
    return total;
}

struct str text_cut(struct str text, size_t limit)
{
    size_t total = 0, width;
    for (size_t at = 0, len; at < text.len; at += len, total += width) {
        len = next_cluster(text, at, &width);
        if (total + width > limit)
            return (struct str){text.data, at};
    }
    return text;
}
