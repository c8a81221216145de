/* Text from outside on its way to a terminal, and in JSON. */
#include "unit.h"

#include <printable.h>
#include <stdlib.h>

static void test_text(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"songs", "songs"},
        {"Žena 日本 👩‍👧", "Žena 日本 👩‍👧"},
        {"a\x1B[2Jb\n", "a?[2Jb?"},
        {"\x7F", "?"},
        {"\xC2\x9B", "?"},         /* CSI as a C1 character */
        {"\xE2\x80\xAE", "?"},     /* right to left from here on */
        {"\xE2\x80\xA8", "?"},     /* LINE SEPARATOR */
        {"\xEF\xBB\xBFx", "?x"},   /* a byte order mark */
        {"\xF3\xA0\x80\x80", "?"}, /* a tag */
        {"\xC3", "?"},             /* not UTF-8 */
        {"\xED\xA0\x80", "???"},   /* half of a surrogate pair */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        printable_append(&out, str_of(cases[i].text));
        if (strcmp(buffer_text(&out), cases[i].expected) != 0)
            fail_msg("case %zu: '%s'", i, buffer_text(&out));
    }
}

static void test_json(void **state)
{
    static const struct {
        const char *json, *expected;
    } cases[] = {
        {"{\n  \"a\": \"é\"\n}", "{\n  \"a\": \"é\"\n}\n"},
        {"\"\xE2\x80\xAE\"", "\"\\u202e\"\n"},
        {"\"\xF3\xA0\x80\x81\"", "\"\\udb40\\udc01\"\n"}, /* a surrogate pair */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *file = open_memstream(&text, &len);
        printable_print_json(file, cases[i].json);
        fclose(file);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
