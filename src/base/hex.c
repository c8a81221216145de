/* Hexadecimal digits, and percent-encoding (RFC 3986, section 2.1). */
#include <base.h>

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void hex_write(const void *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = bytes;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[from[i] >> 4];
        out[2 * i + 1] = digits[from[i] & 15];
    }
}

void buffer_append_hex(struct buffer *buffer, const void *bytes, size_t len)
{
    hex_write(bytes, len, buffer_reserve(buffer, 2 * len));
    buffer->len += 2 * len;
}

void buffer_append_percent(struct buffer *buffer, unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    buffer_append(buffer, (char[]){'%', digits[byte >> 4], digits[byte & 15]}, 3);
}

void buffer_append_percent_decoded(struct buffer *buffer, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        int high = -1, low = -1;
        if (text.data[i] == '%' && text.len - i > 2) {
            high = hex_digit(text.data[i + 1]);
            low = hex_digit(text.data[i + 2]);
        }
        bool is_encoded = high >= 0 && low >= 0;
        buffer_append_char(buffer, is_encoded ? (char)(high << 4 | low) : text.data[i]);
        i += is_encoded ? 2 : 0;
    }
}
