/* Where an error is, from DuckDB's hint and the SQL. */
#include "unit.h"

#include <query.h>

static void test_places(void **state)
{
    static const struct {
        const char *sql, *hint;
        size_t line, column; /* 0: nowhere */
    } cases[] = {
        {"SELECT x", "LINE 1: SELECT x\n               ^", 1, 8},
        {"SELECT\nx", "LINE 2: x\n        ^", 2, 1},
        {"SELECT x", "Candidate bindings: \"y\"\nLINE 1: SELECT x\n               ^", 1, 8},
        {"SELECT 'é', x", "LINE 1: SELECT 'é', x\n                    ^", 1, 13},
        {"SELECT 1, 2, 3, x FROM t", "LINE 1: ... 3, x FROM t\n               ^", 1, 17},
        {"SELECT é, é, 3, x FROM t", "LINE 1: ... 3, x FR...\n               ^", 1, 17},
        {"SELECT x", "LINE 1: ...nowhere\n              ^", 1, 4},
        {"", "LINE 3: ...x\n           ^", 3, 1},
        {"SELECT 1, 2,\t3, x FROM t", "LINE 1: …2, 3, x FR…\n               ^", 1, 17},
        {"SELECT '日本', x", "LINE 1: SELECT '日本', x\n                       ^", 1, 14},
        {"SELECT x", "", 0, 0},
        {"SELECT x", "LINE", 0, 0},
        {"SELECT x", "LINE 0: x\n        ^", 0, 0},
        {"SELECT x", "LINE 1: SELECT x", 0, 0},
        {"SELECT x", "LINE 1: SELECT x\n", 0, 0},
        {"SELECT x", "LINE 1: SELECT x\n ^", 0, 0},
        {"SELECT x", "LINE x: SELECT x\n               ^", 0, 0},
        {"SELECT x", "in LINE 1: SELECT x\n               ^", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t line = 0, column = 0;
        bool found = query_error_position(str_of(cases[i].sql), cases[i].hint, &line, &column);
        if (found != (cases[i].line > 0) || line != cases[i].line || column != cases[i].column)
            fail_msg("%s: line %zu, column %zu", cases[i].hint, line, column);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_places)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
