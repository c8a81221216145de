/* Where statements end, whatever quotes and comments are in them; and literals. */
#include "unit.h"

#include <query.h>

static void test_statements(void **state)
{
    static const struct {
        const char *text, *expected; /* statements, "|" between; "…" behind one that is open */
    } cases[] = {
        {"", ""},
        {" \n-- nothing\n/* at /* all */ */ ; ;", ""},
        {"SELECT 1", "SELECT 1…"},
        {"SELECT 1;", "SELECT 1"},
        {"SELECT 1; SELECT 2;", "SELECT 1| SELECT 2"},
        {"SELECT ';';", "SELECT ';'"},
        {"SELECT 'it''s; so';", "SELECT 'it''s; so'"},
        {"SELECT \"a;b\" FROM t;", "SELECT \"a;b\" FROM t"},
        {"SELECT 1 -- ;\n;", "SELECT 1 -- ;\n"},
        {"SELECT /* ; /* ; */ ; */ 1;", "SELECT /* ; /* ; */ ; */ 1"},
        {"SELECT $$;$$;", "SELECT $$;$$"},
        {"SELECT $tag$;$$;$tag$;", "SELECT $tag$;$$;$tag$"},
        {"SELECT a$b; SELECT 1", "SELECT a$b| SELECT 1…"},
        {"SELECT $1;", "SELECT $1"},
        {"SELECT 'open; -- ", "SELECT 'open; -- …"},
        {"SELECT /* open; ", "SELECT /* open; …"},
        {"SELECT 1 - -1;", "SELECT 1 - -1"},
        {"SELECT 1/2;", "SELECT 1/2"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer found = {0};
        struct str text = str_of(cases[i].text), statement;
        bool is_complete;
        while (query_next_statement(&text, &statement, &is_complete)) {
            if (found.len)
                buffer_append_char(&found, '|');
            buffer_append_str(&found, statement);
            buffer_append_str(&found, is_complete ? STR("") : STR("…"));
        }
        if (strcmp(buffer_text(&found), cases[i].expected) != 0)
            fail_msg("case %zu: '%s'", i, buffer_text(&found));
    }
}

static void test_literals(void **state)
{
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    query_append_literal(&out, STR("it's"));
    assert_string_equal(buffer_text(&out), "'it''s'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements),
        cmocka_unit_test(test_literals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
