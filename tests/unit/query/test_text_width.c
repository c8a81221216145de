/* What text takes on a terminal, and what a terminal must not be shown. */
#include "unit.h"

#include "text_width.h"

static void test_widths(void **state)
{
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {
        {"", 0},
        {"abc", 3},
        {"Žena Příběh", 11},
        {"e\xCC\x81", 1}, /* a combining accent */
        {"日本語", 6},
        {"👩‍👩‍👧", 2}, /* joined */
        {"🇩🇪", 2},
        {"❤️", 2}, /* a heart, shown as a picture */
        {"مرحبا", 5},
        {"a\xFF"
         "b",
         3}, /* not UTF-8 */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (text_width(str_of(cases[i].text)) != cases[i].width)
            fail_msg("%s: %zu", cases[i].text, text_width(str_of(cases[i].text)));
}

static void test_cuts(void **state)
{
    static const struct {
        const char *text;
        size_t width;
        const char *expected;
    } cases[] = {
        {"abc", 2, "ab"},
        {"abc", 3, "abc"},
        {"日本", 3, "日"},
        {"日本", 1, ""},
        {"e\xCC\x81x", 1, "e\xCC\x81"},
        {"👩‍👩‍👧x", 2, "👩‍👩‍👧"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str cut = text_cut(str_of(cases[i].text), cases[i].width);
        assert_int_equal(cut.len, strlen(cases[i].expected));
        assert_memory_equal(cut.data, cases[i].expected, cut.len);
    }
}

#define REPLACED "\xEF\xBF\xBD"

static void test_harmless(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"a\tb\r", "a b "},
        {"two\nlines", "two⏎lines"},
        {"\x1B[31mred", REPLACED "[31mred"},
        {"\xC2\x9B"
         "2J",
         REPLACED "2J"}, /* CSI as one C1 character */
        {"abc\xE2\x80\xAE"
         "def",
         "abc" REPLACED "def"}, /* right to left from here on */
        {"\xE2\x81\xA6x\xE2\x81\xA9", REPLACED "x" REPLACED},
        {"\xFF", REPLACED},
        {"👩‍👧", "👩‍👧"},
        {"\xE2\x80\xA8", REPLACED}, /* LINE SEPARATOR */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        text_append_printable(&out, str_of(cases[i].text));
        if (strcmp(buffer_text(&out), cases[i].expected) != 0)
            fail_msg("case %zu: '%s'", i, buffer_text(&out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
