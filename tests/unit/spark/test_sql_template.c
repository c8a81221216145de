/* Templates: what is a placeholder, and what stands there then. */
#include "sql_template.h"

#include "unit.h"

static void test_placeholders(void **state)
{
    static const struct {
        const char *template, *filled;
    } rows[] = {
        {"", ""},
        {"SELECT 1", "SELECT 1"},
        {"{field}", "f"},
        {"{field}{field_b}", "f{g}"}, /* a value is not filled again */
        {"a.{field} = {empty}b", "a.f = b"},
        {"'{' {} [{}] {2} {A} {\"field\":1}", "'{' {} [{}] {2} {A} {\"field\":1}"},
        {"{{field}}", "{f}"},
        {"{field", "{field"}, /* the end of the text is no brace */
        {"field}", "field}"},
        {"r'{string_text}'", "r'(?:[^\"\\\\]++|\\\\.)*+'"}, /* a template, without its newline */
        {"{whole_text}", "value"},                          /* a value goes before a template */
    };
    CLEANUP(sql_values_release) struct sql_values values = {0};
    (void)state;
    sql_set(&values, "field", STR("f"));
    sql_set(&values, "field_b", STR("{g}"));
    sql_set(&values, "empty", STR(""));
    sql_set(&values, "whole_text", STR("value"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        sql_fill_text(&out, rows[i].template, &values);
        assert_string_equal(buffer_text(&out), rows[i].filled);
    }
}

static void test_templates_are_filled_with_the_same_values(void **state)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    sql_set(&values, "field", STR("f"));
    sql_set(&values, "name", STR("f"));
    sql_set(&values, "limit", STR("9"));
    sql_set(&values, "null_folder", STR("null"));
    sql_fill(&out, "check_folder", &values); /* in which {is_long_folder} stands */
    assert_string_equal(
        buffer_text(&out),
        "WHEN octet_length(regexp_replace(f, "
        "r'[\\x01-\\x1F\\x7F\\x22#%\\x27*/:=?\\[\\\\\\]^{]', '%XX')) > 9\n"
        "      THEN 'out_of_range f: too long for the name of a folder'\n"
        "    WHEN f = 'null'\n"
        "      THEN 'out_of_range f: null stands for null in the name of a folder'");
}

static void test_a_value_is_replaced(void **state)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    for (int i = 0; i < 2 * SQL_MAX_VALUES; i++)
        buffer_appendf(sql_value(&values, "number"), "%d", i);
    assert_int_equal(values.count, 1);
    sql_fill_text(&out, "{number}", &values);
    assert_string_equal(buffer_text(&out), "63");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placeholders),
        cmocka_unit_test(test_templates_are_filled_with_the_same_values),
        cmocka_unit_test(test_a_value_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
