#include <printable.h>

#include <text_width.h>

/* Consumes the first character of the text, and returns it. */
static struct str consume_character(struct str *text, uint32_t *code)
{
    struct str character = {text->data, text_next_character(*text, 0, code)};
    *text = (struct str){text->data + character.len, text->len - character.len};
    return character;
}

void printable_append(struct buffer *out, struct str text)
{
    while (text.len) {
        uint32_t code;
        struct str character = consume_character(&text, &code);
        buffer_append_str(out, text_is_printable(code) ? character : STR("?"));
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
        uint32_t code;
        struct str character = consume_character(&text, &code);
        if (text_is_printable(code) || code == '\n')
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
