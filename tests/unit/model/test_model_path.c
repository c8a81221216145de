/* Paths of fields. */
#include "unit.h"

#include <model_parse.h>
#include <model_path.h>

static void append_steps(const struct model_field *field, struct buffer *out)
{
    for (size_t i = 0; i < field->depth; i++)
        if (field->path[i].key.data)
            buffer_appendf(out, "<%.*s>", STR_ARG(field->path[i].key));
        else
            buffer_appendf(out, "#%d", field->path[i].index);
}

static void test_paths(void **state)
{
    static const struct {
        const char *text, *steps, *printed; /* NULL: printed as it was read */
    } cases[] = {
        {"a", "<a>", NULL},
        {"actor.login", "<actor><login>", NULL},
        {"tags[0]", "<tags>#0", NULL},
        {"a[12][3].b", "<a>#12#3<b>", NULL},
        {"a[007]", "<a>#7", "a[7]"},
        {"`a.b`.c", "<a.b><c>", NULL},
        {"`a`.`c`", "<a><c>", "a.c"},
        {"`a``b`", "<a`b>", NULL},
        {"``", "<>", NULL},
        {"`[0]`[1]", "<[0]>#1", NULL},
        {"a b.ç", "<a b><ç>", NULL},
        {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p", "<a><b><c><d><e><f><g><h><i><j><k><l><m><n><o><p>",
         NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(arena_release) struct arena arena = {0};
        CLEANUP(buffer_release) struct buffer steps = {0}, printed = {0};
        struct model_field field = {0};
        const char *why;
        if (!model_path_parse(&arena, cases[i].text, &field.path, &field.depth, &why))
            fail_msg("%s: %s", cases[i].text, why);
        append_steps(&field, &steps);
        assert_string_equal(buffer_text(&steps), cases[i].steps);
        model_path_append(field.path, field.depth, &printed);
        assert_string_equal(buffer_text(&printed),
                            cases[i].printed ? cases[i].printed : cases[i].text);
    }
}

static void test_what_is_no_path(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "a key is missing"},
        {".a", "a key is missing"},
        {"a.", "a key is missing"},
        {"a..b", "a key is missing"},
        {"[0]", "a key is missing"},
        {"a.[0]", "a key is missing"},
        {"a]", "a '.' is missing between two keys"},
        {"a[0]b", "a '.' is missing between two keys"},
        {"`a`b", "a '.' is missing between two keys"},
        {"a`b`", "a '.' is missing between two keys"},
        {"`a", "a ` is missing behind a key"},
        {"a[]", "in brackets stands the number of an element, 0 to 9999"},
        {"a[-1]", "in brackets stands the number of an element, 0 to 9999"},
        {"a[0", "in brackets stands the number of an element, 0 to 9999"},
        {"a[10000]", "in brackets stands the number of an element, 0 to 9999"},
        {"a[99999999999999999999]", "in brackets stands the number of an element, 0 to 9999"},
        {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q", "it has more steps than the 16 that are possible"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(arena_release) struct arena arena = {0};
        const struct model_step *steps;
        uint8_t depth;
        const char *why = NULL;
        assert_false(model_path_parse(&arena, cases[i].text, &steps, &depth, &why));
        assert_string_equal(why, cases[i].why);
    }
}

static void test_a_path_around_another(void **state)
{
    static const struct {
        const char *outer, *inner;
        bool holds;
    } cases[] = {
        {"a", "a", true},         {"a", "a.b", true},      {"a.b", "a", false},
        {"a", "ab", false},       {"a", "a[0]", true},     {"a[0]", "a[1].b", false},
        {"a[0]", "a[0].b", true}, {"`a.b`", "a.b", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(arena_release) struct arena arena = {0};
        struct model_field outer = {0}, inner = {0};
        const char *why;
        assert_true(model_path_parse(&arena, cases[i].outer, &outer.path, &outer.depth, &why));
        assert_true(model_path_parse(&arena, cases[i].inner, &inner.path, &inner.depth, &why));
        assert_int_equal(model_path_holds(&outer, &inner), cases[i].holds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_what_is_no_path),
        cmocka_unit_test(test_a_path_around_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
