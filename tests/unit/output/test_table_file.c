/* table_file: row groups come in any order, and writing them may fail. */
#include "builtin.h"
#include "scratch.h"
#include "unit.h"

#include <output.h>

#include <signal.h>
#include <sys/resource.h>

#define GROUPS 4

/* Encodes row group `number`, of `number` + 1 artists. */
static const struct parquet_row_group *encode_artists(struct output *output, unsigned worker,
                                                      int number)
{
    struct rows_file rows;
    int table = table_of("artists");
    rows_file_begin(&rows, output, worker, table, STR(""));
    for (int i = 0; i <= number; i++) {
        columns_add_rows(rows.columns, 1);
        columns_set_string(rows.columns, column_of("artists", "artist_id"), STR("id"));
        columns_set_string(rows.columns, column_of("artists", "name"), STR("n"));
        columns_set_string(rows.columns, column_of("artists", "location"), STR_NULL);
        columns_set_double(rows.columns, column_of("artists", "latitude"), NULL);
        columns_set_double(rows.columns, column_of("artists", "longitude"), NULL);
    }
    return output_encode_columns(output, worker);
}

/* Sets `out` to the bytes of the groups, added by two workers in this order. */
static void add_groups(struct output *output, const int *order, struct buffer *out)
{
    struct error error;
    struct table_file *file = table_file_new(output, table_of("artists"), STR(""));
    for (int i = 0; i < GROUPS; i++) {
        const struct parquet_row_group *group = encode_artists(output, i % 2, order[i]);
        ASSERT_OK(table_file_add(file, (size_t)order[i], group, i % 2, &error), error);
    }
    assert_int_equal(parquet_file_rows(file->shared.file), GROUPS * (GROUPS + 1) / 2);
    buffer_append_str(out, buffer_str(&file->shared.bytes));
    table_file_free(file);
}

static void test_groups_in_any_order(void **state)
{
    static const int orders[][GROUPS] = {
        {0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}, {0, 3, 1, 2}};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer wanted = {0};
    struct lake_options options = {.version = "0", .operation = "etl"};
    struct lake *lake;
    struct output output;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    ASSERT_OK(lake_open(scratch.store, &options, &lake, &error), error);
    output_init(&output, lake, "0", PARQUET_ZSTD, 2);
    add_groups(&output, orders[0], &wanted);
    for (size_t i = 1; i < COUNT(orders); i++) {
        CLEANUP(buffer_release) struct buffer bytes = {0};
        add_groups(&output, orders[i], &bytes);
        assert_true(str_equal(buffer_str(&bytes), buffer_str(&wanted)));
    }
    /* A row group that waits for one that never comes is freed with its file. */
    struct table_file *file = table_file_new(&output, table_of("artists"), STR(""));
    ASSERT_OK(table_file_add(file, 2, encode_artists(&output, 0, 2), 0, &error), error);
    table_file_free(file);
    output_release(&output);
    lake_abort(lake);
    lake_free(lake);
}

/* A row group of one artist that is too large to be kept until the file ends. */
static const struct parquet_row_group *encode_large(struct output *output, unsigned worker)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    struct rows_file rows;
    memset(buffer_reserve(&name, 1 << 20), 'n', 1 << 20);
    name.len = 1 << 20;
    rows_file_begin(&rows, output, worker, table_of("artists"), STR(""));
    columns_add_rows(rows.columns, 1);
    columns_set_string(rows.columns, column_of("artists", "artist_id"), STR("id"));
    columns_set_string(rows.columns, column_of("artists", "name"), buffer_str(&name));
    columns_set_string(rows.columns, column_of("artists", "location"), STR_NULL);
    columns_set_double(rows.columns, column_of("artists", "latitude"), NULL);
    columns_set_double(rows.columns, column_of("artists", "longitude"), NULL);
    return output_encode_columns(output, worker);
}

/* Files may have `limit` bytes while the row groups are added, the last first. */
static enum status add_large(struct output *output, rlim_t limit, struct error *error)
{
    struct rlimit before, low;
    struct table_file *file = table_file_new(output, table_of("artists"), STR(""));
    for (size_t number = 2; number > 0; number--)
        ASSERT_OK(table_file_add(file, number, encode_large(output, 0), 0, error), *error);
    const struct parquet_row_group *first = encode_large(output, 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    low = (struct rlimit){limit, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    enum status status = table_file_add(file, 0, first, 0, error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    if (status == STATUS_OK)
        status = table_file_finish(file, error);
    table_file_free(file);
    return status;
}

/* Also one that has waited: all are freed (ASan). */
static void test_row_groups_that_cannot_be_written(void **state)
{
    static const rlim_t limits[] = {0, 1000, 1 << 20, (1 << 20) + 1000, 5 << 19, RLIM_INFINITY};
    struct lake_options options = {.version = "0", .operation = "etl"};
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < COUNT(limits); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        struct lake *lake;
        struct output output;
        struct error error;
        scratch_open(&scratch);
        ASSERT_OK(lake_open(scratch.store, &options, &lake, &error), error);
        output_init(&output, lake, "0", PARQUET_NONE, 1);
        enum status status = add_large(&output, limits[i], &error);
        assert_int_equal(status == STATUS_OK, limits[i] == RLIM_INFINITY);
        output_release(&output);
        lake_abort(lake);
        lake_free(lake);
    }
    signal(SIGXFSZ, SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_in_any_order),
        cmocka_unit_test(test_row_groups_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
