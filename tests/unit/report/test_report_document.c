/* The page around a document, from a bundle of the test's own. */
#include "unit.h"

#include <report.h>
#include <web.h>

static struct str bundle;

/* Instead of the bundled page. */
struct str web_asset(const char *name)
{
    assert_string_equal(name, "report.html");
    return bundle;
}

static void test_a_document_is_put_into_its_place(void **state)
{
    static const struct {
        struct str document, page;
    } cases[] = {
        {STR("{}"), STR("<a>{}</a>{{data}}")},
        {STR("{\"a\":\"</script><!--\"}"),
         STR("<a>{\"a\":\"\\u003c/script>\\u003c!--\"}</a>{{data}}")},
        {STR("<"), STR("<a>\\u003c</a>{{data}}")},
        {STR("{{data}}"), STR("<a>{{data}}</a>{{data}}")},
        {STR(""), STR("<a></a>{{data}}")},
    };
    (void)state;
    bundle = STR("<a>{{data}}</a>{{data}}"); /* the second one is a text of its script's */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(buffer_release) struct buffer page = {0};
        struct error error;
        ASSERT_OK(report_append_page(cases[i].document, &page, &error), error);
        assert_string_equal(buffer_text(&page), cases[i].page.data);
    }
}

static void test_a_program_without_pages_says_so(void **state)
{
    CLEANUP(buffer_release) struct buffer page = {0};
    struct error error;
    (void)state;
    bundle = STR_NULL;
    assert_int_equal(report_append_page(STR("{}"), &page, &error), STATUS_NOT_FOUND);
    assert_non_null(strstr(error.message, "without its pages"));
    assert_non_null(strstr(error.hint, "npm"));
    assert_int_equal(page.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_document_is_put_into_its_place),
        cmocka_unit_test(test_a_program_without_pages_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
