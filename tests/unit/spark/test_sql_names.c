/* Names and texts of a model, whatever signs they have. */
#include "sql_private.h"

#include "unit.h"

static const struct row {
    const char *name, *as_name, *as_text;
} rows[] = {
    {"userId", "`userId`", "'userId'"},
    {"select", "`select`", "'select'"},
    {"a b.c", "`a b.c`", "'a b.c'"},
    {"`a.b`.c", "```a.b``.c`", "'`a.b`.c'"},
    {"it's \\ \n", "`it's \\ \n`", "'it\\'s \\\\ \\n'"},
    {"", "``", "''"},
};

static void test_names_and_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer name = {0}, text = {0};
        sql_append_name(&name, str_of(rows[i].name));
        sql_append_text(&text, str_of(rows[i].name));
        assert_string_equal(buffer_text(&name), rows[i].as_name);
        assert_string_equal(buffer_text(&text), rows[i].as_text);
    }
}

static void test_columns_of_a_field(void **state)
{
    static const struct model_field plain = {.name = STR("length")}, odd = {.name = STR("`a.b`{}")};
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    sql_append_field(&out, "IF({minus_zero}, -{}, {}), ", &plain);
    sql_append_field(&out, "{sign}", &odd);
    assert_string_equal(buffer_text(&out),
                        "IF(`minus_zero.length`, -`.length`, `.length`), `sign.``a.b``{}`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_texts),
        cmocka_unit_test(test_columns_of_a_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
