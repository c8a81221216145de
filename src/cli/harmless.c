#include "harmless.h"

void print_harmless(FILE *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        putc(c < 0x20 || c == 0x7F ? '?' : c, out);
    }
}
