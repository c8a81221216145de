#include <printable.h>

/* The code point of a well-formed UTF-8 sequence of `len` bytes. */
static uint32_t code_point(const unsigned char *bytes, size_t len)
{
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = bytes[0] & first_bits[len];
    for (size_t i = 1; i < len; i++)
        code = code << 6 | (bytes[i] & 0x3F);
    return code;
}

/* How long the UTF-8 sequence is that `text` begins with; 0: it is none. */
static size_t sequence_len(struct str text)
{
    unsigned char c = (unsigned char)text.data[0];
    size_t len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    return len <= text.len && utf8_valid_prefix(text.data, len) == len ? len : 0;
}

/* C0, DEL and C1 (U+009B begins a sequence as ESC [ does), the separators that some take for a new
 * line, and all that changes the direction of the text around it (Unicode, UAX #9), hides itself
 * (tags) or annotates. */
static bool is_harmful(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E ||
           code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || (code >= 0xFFF9 && code <= 0xFFFB) ||
           (code >= 0xE0000 && code <= 0xE007F);
}

/* Takes the first character off the text, or a byte that is none, which is bad. */
static struct str take_character(struct str *text, bool *is_bad, uint32_t *code)
{
    size_t len = sequence_len(*text);
    struct str character = {text->data, len ? len : 1};
    *code = len ? code_point((const unsigned char *)text->data, len) : (unsigned char)*text->data;
    *is_bad = len == 0 || is_harmful(*code);
    *text = (struct str){text->data + character.len, text->len - character.len};
    return character;
}

void printable_append(struct buffer *out, struct str text)
{
    while (text.len) {
        bool is_bad;
        uint32_t code;
        struct str character = take_character(&text, &is_bad, &code);
        buffer_append_str(out, is_bad ? STR("?") : character);
    }
}

void printable_print(FILE *out, struct str text)
{
    CLEANUP(buffer_release) struct buffer harmless = {0};
    printable_append(&harmless, text);
    fwrite(harmless.data, 1, harmless.len, out);
}

/* Only strings hold what is not ASCII; jansson has escaped the control bytes below U+0020. */
static void append_json(struct buffer *out, struct str text)
{
    while (text.len) {
        bool is_bad;
        uint32_t code;
        struct str character = take_character(&text, &is_bad, &code);
        if (!is_bad || code == '\n')
            buffer_append_str(out, character);
        else if (code < 0x10000)
            buffer_appendf(out, "\\u%04x", (unsigned)code);
        else /* RFC 8259, section 7 */
            buffer_appendf(out, "\\u%04x\\u%04x", 0xD7C0 + (unsigned)(code >> 10),
                           0xDC00 + (unsigned)(code & 0x3FF));
    }
}

void printable_print_json(FILE *out, const char *json)
{
    CLEANUP(buffer_release) struct buffer harmless = {0};
    append_json(&harmless, str_of(json));
    buffer_append_char(&harmless, '\n');
    fwrite(harmless.data, 1, harmless.len, out);
}
