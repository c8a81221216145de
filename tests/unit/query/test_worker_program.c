/* Which program starts the workers: what is said by the call, by the environment, by nobody. */
#include "unit.h"

#include "worker_program.h"

#include <stdlib.h>

static void assert_found(const char *const *expected)
{
    struct error error;
    char **argv;
    assert_int_equal(worker_program_find(&argv, &error), STATUS_OK);
    for (size_t i = 0; expected[i]; i++)
        assert_string_equal(argv[i], expected[i]);
    mem_free(argv);
}

static void test_order(void **state)
{
    (void)state;
    struct error error;
    char **argv;
    char program[] = "/bin/sh", option[] = "-c";
    unsetenv("SPARKIFY_WORKER");
    assert_int_equal(worker_program_find(&argv, &error), STATUS_NOT_FOUND);
    assert_non_null(strstr(error_hint_text(&error), "SPARKIFY_WORKER"));
    setenv("SPARKIFY_WORKER", "/bin/true", 1);
    assert_found((const char *const[]){"/bin/true", NULL});
    query_use_worker((const char *const[]){program, option, "", NULL});
    program[1] = option[1] = 'x'; /* they were copied */
    assert_found((const char *const[]){"/bin/sh", "-c", "", NULL});
    query_use_worker(NULL);
    assert_found((const char *const[]){"/bin/true", NULL});
    setenv("SPARKIFY_WORKER", "/no/such/file", 1);
    assert_int_equal(worker_program_find(&argv, &error), STATUS_NOT_FOUND);
    setenv("SPARKIFY_WORKER", "", 1);
    assert_int_equal(worker_program_find(&argv, &error), STATUS_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
