#include "harmless.h"

void append_harmless(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        buffer_append_char(out, c < 0x20 || c == 0x7F ? '?' : (char)c);
    }
}

void print_harmless(FILE *out, struct str text)
{
    CLEANUP(buffer_release) struct buffer harmless = {0};
    append_harmless(&harmless, text);
    fwrite(harmless.data, 1, harmless.len, out);
}
