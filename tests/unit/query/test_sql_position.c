/* A caret stands under what is wrong, as a terminal shows the line. */
#include "unit.h"

#include "sql_position.h"
#include "text_width.h"

#define TEN "0123456789"

static void test_places(void **state)
{
    static const struct {
        const char *sql;
        unsigned line, column;
        const char *shown, *below; /* what the caret is below */
    } cases[] = {
        {"SELECT titl", 1, 7, "LINE 1: SELECT titl", "titl"},
        {"SELECT 1 +", 1, 10, "LINE 1: SELECT 1 +", ""},
        {"a\n\tb c\nd", 2, 3, "LINE 2:  b c", "c"},
        {"a\nb", 2, 0, "LINE 2: b", "b"},
        {"'日本', x", 1, 6, "LINE 1: '日本', x", "x"},
        {"'👩‍👩‍👧é', x", 1, 10, "LINE 1: '👩‍👩‍👧é', x", "x"},
        {"ab", 1, 99, "LINE 1: ab", ""},
        {TEN TEN TEN TEN TEN TEN "x" TEN TEN TEN TEN, 1, 60,
         "LINE 1: …" TEN TEN TEN TEN TEN "x" TEN TEN "012345678…", "x" TEN},
        {"日本日本日本日本日本日本日本日本日本日本日本日本日本日本x", 1, 28,
         "LINE 1: …本日本日本日本日本日本日本日本日本日本日本日本日本x", "x"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        assert_true(
            sql_position_append(&out, str_of(cases[i].sql), cases[i].line, cases[i].column));
        const char *text = buffer_text(&out), *end = strchr(text, '\n');
        struct str shown = {text, (size_t)(end - text)};
        if (!str_equal(shown, str_of(cases[i].shown)))
            fail_msg("%s", text);
        const char *found = cases[i].below[0] ? strstr(text, cases[i].below) : end;
        size_t columns = text_width((struct str){text, (size_t)(found - text)});
        if (strlen(end + 1) != columns + 1 || end[1 + columns] != '^')
            fail_msg("%s", text);
    }
}

static void test_no_place(void **state)
{
    (void)state;
    CLEANUP(buffer_release) struct buffer out = {0};
    assert_false(sql_position_append(&out, STR("one line"), 2, 0));
    assert_false(sql_position_append(&out, STR("one line"), 0, 0));
    assert_int_equal(out.len, 0);
}

static void test_places_of_the_parser(void **state)
{
    static const struct {
        const char *sql, *message, *expected; /* NULL: the message is right, or says nothing */
    } cases[] = {
        {"SELECT 'é日', 2 3",
         "syntax error at or near \"3\"\n\nLINE 1: SELECT 'é日', 2 3\n"
         "                     ^",
         "LINE 1: SELECT 'é日', 2 3\n                        ^"},
        {"SELECT 'é日', 2 3",
         "syntax error at or near \"3\"\n\nLINE 1: SELECT 'é日', 2 3\n"
         "                        ^",
         NULL},
        {"SELECT 2 3", "syntax error at or near \"3\"\n\nLINE 1: SELECT 2 3\n        ^", NULL},
        {"SELECT 'é' 2 3", "syntax error at or near \"3\"\n\nLINE 1: ...é' 2 3\n          ^", NULL},
        {"SELECT 'é' 2 3", "syntax error at end of input", NULL},
        {"SELECT 'é' 2 3", "syntax error at or near \"3\"\n\nLINE 7: x\n        ^", NULL},
        {"SELECT 'é' 2 3", "syntax error at or near \"3\"\n\nLINE 1: x", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        bool found = sql_position_append_of_parser(&out, str_of(cases[i].sql), cases[i].message);
        if (found != (cases[i].expected != NULL) ||
            (found && strcmp(buffer_text(&out), cases[i].expected) != 0))
            fail_msg("%zu: %s", i, buffer_text(&out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_no_place),
        cmocka_unit_test(test_places_of_the_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
