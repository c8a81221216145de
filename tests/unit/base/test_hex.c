/* Hexadecimal digits and percent-encoding. */
#include "unit.h"

static void test_percent_encoding(void **state)
{
    static const struct {
        const char *encoded, *decoded;
    } cases[] = {
        {"", ""},         {"a%2Fb%2f", "a/b/"}, {"%", "%"},     {"%4", "%4"},
        {"%zz", "%zz"},   {"%%41", "%A"},       {"%4g", "%4g"}, {"%C3%A4", "\xC3\xA4"},
        {"%g4x", "%g4x"}, {"a%20", "a "},       {"+", "+"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        buffer_append_percent_decoded(&text, str_of(cases[i].encoded));
        assert_string_equal(buffer_text(&text), cases[i].decoded);
    }
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_append_percent(&text, 0xAF);
    buffer_append_percent(&text, '/');
    assert_string_equal(buffer_text(&text), "%AF%2F");
}

static void test_hex_digits(void **state)
{
    char text[8] = {0};
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char *digits = "0123456789abcdefABCDEF", *found = c ? strchr(digits, c) : NULL;
        int wanted = !found ? -1 : (int)(found - digits) - (found - digits > 15 ? 6 : 0);
        assert_int_equal(hex_digit((char)c), wanted);
    }
    hex_write("\x00\x1F\xfa", 3, text);
    assert_string_equal(text, "001ffa");
    CLEANUP(buffer_release) struct buffer buffer = {0};
    buffer_append_char(&buffer, '=');
    buffer_append_hex(&buffer, "\x00\x1F\xfa", 3);
    assert_string_equal(buffer_text(&buffer), "=001ffa");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_percent_encoding),
        cmocka_unit_test(test_hex_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
