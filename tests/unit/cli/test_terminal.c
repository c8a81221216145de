/* Widths of characters, and text that is broken into lines. */
#include "terminal.h"
#include "unit.h"

#include <text_width.h>

static void test_width(void **state)
{
    static const struct {
        const char *text;
        unsigned width;
    } rows[] = {
        {"", 0},
        {"abc", 3},
        {"\xC3\xA9t\xC3\xA9", 3},
        {"e\xCC\x81", 1},
        {"\xE6\x97\xA5", 2},
        {"\xF0\x9F\x8E\xB5", 2},
        {"\xE2\x9C\x93 x", 3},
        {"\xFF\xFE", 2},
        {"\xC3", 1},
        {"a\xE6\x97", 3},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (text_width(str_of(rows[i].text)) != rows[i].width)
            fail_msg("row %zu: %zu", i, text_width(str_of(rows[i].text)));
}

static void test_wrap(void **state)
{
    static const struct {
        const char *text;
        unsigned columns, used, indent;
        const char *wrapped;
    } rows[] = {
        {"", 20, 2, 2, ""},
        {"one two three", 0, 2, 2, "one two three"},
        {"one two three", 15, 2, 2, "one two three"},
        {"one two three", 14, 2, 2, "one two\n  three"},
        {"one two three", 7, 2, 2, "one\n  two\n  three"},
        {"one a-word-that-is-too-long two", 10, 0, 0, "one\na-word-that-is-too-long\ntwo"},
        {"a  b", 20, 0, 0, "a  b"},
        {"one  two", 5, 0, 1, "one\n two"},
        {"\xC3\xA9t\xC3\xA9 \xC3\xA9t\xC3\xA9", 7, 0, 0, "\xC3\xA9t\xC3\xA9 \xC3\xA9t\xC3\xA9"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        terminal_wrap(&out, rows[i].text, rows[i].columns, rows[i].used, rows[i].indent);
        assert_string_equal(buffer_text(&out), rows[i].wrapped);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
