/* Files that Spark has written, or says that it has. */
#include "builtin.h"
#include "scratch.h"

#include "staged.h"

static void test_rows_that_are_not_there(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct output output = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    const struct lake_options options = {.version = "0", .operation = "test"};
    ASSERT_OK(lake_open(scratch.store, &options, &output.lake, &error), error);
    ASSERT_OK(
        spark_adopt_staged(&output, scratch.store, table_of("time"), "staging/time", 0, &error),
        error);
    assert_int_equal(
        spark_adopt_staged(&output, scratch.store, table_of("time"), "staging/time", 5, &error),
        STATUS_CORRUPT);
    assert_non_null(strstr(error.message, "5 rows of time, and 0 are in"));
    assert_non_null(strstr(error_hint_text(&error), "all machines"));
    lake_abort(output.lake);
    lake_free(output.lake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows_that_are_not_there)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
