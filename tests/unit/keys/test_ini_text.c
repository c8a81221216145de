/* The entries of ini files as people and Amazon's tools write them. */
#include "ini_text.h"
#include "unit.h"

static void show(void *ctx, const struct ini_entry *entry)
{
    buffer_appendf(ctx, "%.*s/%.*s=%.*s%s;", STR_ARG(entry->section), STR_ARG(entry->name),
                   STR_ARG(entry->value), entry->is_nested ? "+" : "");
}

static void test_entries(void **state)
{
    static const struct {
        const char *text, *entries;
        unsigned unknown_line;
    } rows[] = {
        {"", "", 0},
        {"a=1", "/a=1;", 0},
        {"[s]\nA = 1\r\nb:2\rc=", "s/A=1;s/b=2;s/c=;", 0},
        {"[ s ]\n[t]\n  x = y z ", "t/x=y z;", 0},
        {"# c\n; c\n\n[s] ; c\nk = v # c\nl = v#c;d", "s/k=v;s/l=v#c;d;", 0},
        {"[s]\nk = \"v # w\" # c\nl='x'\nm=\"x\nn=a\"b", "s/k=v # w;s/l=x;s/m=\"x;s/n=a\"b;", 0},
        {"\xEF\xBB\xBF[s]\nk=v<br/>\nl=w<BR />", "s/k=v;s/l=w;", 0},
        {"[s]\nk =\n  n = 1\n  m = 2\nl = 3", "s/k=;s/n=1+;s/m=2+;s/l=3;", 0},
        {"[s]\n  k = 1\n  l = 2", "s/k=1;s/l=2;", 0},
        {"k=a=b", "/k=a=b;", 0},
        {"[s\nk=1", "s/k=1;", 1},
        {"k=1\nwhat\nis\n", "/k=1;", 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer entries = {0};
        struct ini_outcome outcome = ini_text_read(str_of(rows[i].text), show, &entries);
        assert_true(outcome.is_text);
        if (strcmp(buffer_text(&entries), rows[i].entries) != 0)
            fail_msg("row %zu: %s", i, buffer_text(&entries));
        assert_int_equal(outcome.unknown_line, rows[i].unknown_line);
    }
}

static void test_no_text(void **state)
{
    static const struct str texts[] = {{"k=1\0", 4}, {"\xFF\xFEk\0=\0", 6}, {"k=\x7F", 3}};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        CLEANUP(buffer_release) struct buffer entries = {0};
        struct ini_outcome outcome = ini_text_read(texts[i], show, &entries);
        assert_false(outcome.is_text);
        assert_int_equal(entries.len, 0);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_true(ini_name_equal(STR("Region"), "REGION"));
    assert_false(ini_name_equal(STR("Regio"), "REGION"));
    assert_false(ini_name_equal(STR("Regions"), "REGION"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_no_text),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
