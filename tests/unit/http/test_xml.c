/* XML: each element's end with its parent and its text; what does not fit its schema is refused. */
#include <unit.h>

#include <xml.h>

static void show(void *ctx, const char *parent, const char *name, struct str text)
{
    buffer_appendf(ctx, "%s/%s=%.*s;", parent, name, STR_ARG(text));
}

static const struct xml_schema any_a = {.root = "a"};
static const struct xml_schema listing = {.root = "ListBucketResult"};
static const struct xml_schema strict = {"a", {{"a", "b"}, {"c", "d"}, {"c", "e", true}}};

static const struct {
    const char *xml;
    const struct xml_schema *schema;
    const char *shown; /* NULL: it is refused */
} cases[] = {
    {"<a/>", NULL, "/a=;"},
    {"<?xml version=\"1.0\"?>\n<a><b>1</b> <b>2</b></a>", &any_a, "a/b=1;a/b=2;/a=;"},
    {"<s:a xmlns:s='x'><s:b>x</s:b></s:a>", &any_a, "a/b=x;/a=;"},
    {"<a><b>1<c>2</c>3</b></a>", &any_a, "b/c=2;a/b=3;/a=;"},
    {"<a><b>&lt;&amp;&#233;</b></a>", &any_a, "a/b=<&\xC3\xA9;/a=;"},
    {"<a><b><![CDATA[<x>]]></b></a>", &any_a, "a/b=<x>;/a=;"},
    {"<Error><Code>X</Code></Error>", &listing, NULL},
    {"", &any_a, NULL},
    {"<a>", &any_a, NULL},
    {"<a></b>", &any_a, NULL},
    {"<a></a><a></a>", &any_a, NULL},
    {"<!DOCTYPE html><a></a>", &any_a, NULL},
    {"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", NULL, NULL},
    {"<a><b>\x01</b></a>", &any_a, NULL},
    {"<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a></a></"
     "a>"
     "</a></a></a></a></a></a>",
     &any_a, NULL},
    {"<nothing/>", &any_a, NULL}, /* its end is told, though its begin has stopped the parser */
    {"<b:nothing/>", &any_a, NULL},
    {"<a><b/></a>", &strict, "a/b=;/a=;"},
    {"<a/>", &strict, NULL},
    {"<a><b/><b/></a>", &strict, NULL},
    {"<a><x><b/></x></a>", &strict, NULL}, /* the b of another */
    {"<a><b/><c><d>1</d></c><c><d>2</d><e/></c></a>", &strict,
     "a/b=;c/d=1;a/c=;c/d=2;c/e=;a/c=;/a=;"},
    {"<a><b/><c><d/></c><c/></a>", &strict, NULL},
    {"<a><b/><c><d/><e/><e/></c></a>", &strict, NULL},
};

static void documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer shown = {0};
        bool is_read = xml_read(str_of(cases[i].xml), cases[i].schema, show, &shown);
        if (is_read != (cases[i].shown != NULL))
            fail_msg("%s", cases[i].xml);
        if (is_read)
            assert_string_equal(buffer_text(&shown), cases[i].shown);
    }
}

static void escapes(void **state)
{
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    xml_escape(STR("a<b>&\"'\t\xC3\xA9"), &out);
    assert_string_equal(buffer_text(&out), "a&lt;b&gt;&amp;\"'&#9;\xC3\xA9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(documents), cmocka_unit_test(escapes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
