/* Columns as the Parquet encoder takes them. */
#include "builtin.h"
#include "unit.h"

#include <output.h>

#define ROWS 100

static bool is_valid(const struct parquet_column *column, size_t row)
{
    return !column->validity || (column->validity[row / 8] >> row % 8 & 1);
}

static struct str string_at(const struct parquet_column *column, size_t row)
{
    uint32_t begin = column->strings.offsets[row];
    return (struct str){column->strings.data + begin, column->strings.offsets[row + 1] - begin};
}

/* Which rows of a nullable column are null: none, some, all. */
static bool is_null(int kind, size_t row)
{
    return kind == 2 || (kind == 1 && row % 3 == 1);
}

static void check_artists(struct columns *columns, int kind, size_t rows)
{
    struct parquet_column view[MODEL_MAX_COLUMNS];
    columns_reset(columns);
    for (size_t row = 0; row < rows; row++) {
        double latitude = (double)row;
        char name[8] = {0};
        memset(name, 'n', row % 7); /* empty ones too */
        columns_add_rows(columns, 1);
        columns_set_string(columns, column_of("artists", "artist_id"), STR("id"));
        columns_set_string(columns, column_of("artists", "name"),
                           is_null(kind, row) ? STR_NULL : str_of(name));
        columns_set_string(columns, column_of("artists", "location"), STR(""));
        columns_set_double(columns, column_of("artists", "latitude"),
                           is_null(kind, row) ? NULL : &latitude);
        columns_set_double(columns, column_of("artists", "longitude"), NULL);
    }
    columns_view(columns, view);
    assert_int_equal(columns->rows, rows);
    for (size_t row = 0; row < rows; row++) {
        assert_str(string_at(&view[column_of("artists", "artist_id")], row), "id");
        assert_int_equal(is_valid(&view[column_of("artists", "name")], row), !is_null(kind, row));
        assert_int_equal(string_at(&view[column_of("artists", "name")], row).len,
                         is_null(kind, row) ? 0 : row % 7);
        assert_true(is_valid(&view[column_of("artists", "location")], row));
        assert_int_equal(is_valid(&view[column_of("artists", "latitude")], row),
                         !is_null(kind, row));
        if (!is_null(kind, row))
            assert_true(view[column_of("artists", "latitude")].doubles[row] == (double)row);
        assert_false(is_valid(&view[column_of("artists", "longitude")], row));
    }
    assert_int_equal(view[column_of("artists", "name")].strings.count, rows);
    if (kind == 0)
        assert_null(view[column_of("artists", "name")].validity);
}

static void test_strings_and_doubles_with_nulls(void **state)
{
    struct columns columns;
    (void)state;
    columns_init(&columns, model_builtin(), table_of("artists"));
    for (int kind = 2; kind >= 0; kind--)
        for (size_t rows = 1; rows <= ROWS; rows += 9)
            check_artists(&columns, kind, rows);
    columns_release(&columns);
    check_artists(&columns, 1, 20); /* it can be used again */
    columns_release(&columns);
}

/* A file's columns are the table's without the partitions. */
static void test_partitions_are_not_in_the_file(void **state)
{
    struct columns columns;
    struct parquet_column view[MODEL_MAX_COLUMNS];
    (void)state;
    columns_init(&columns, model_builtin(), table_of("time"));
    for (int row = 0; row < ROWS; row++) {
        columns_add_rows(&columns, 1);
        columns_set_int64(&columns, column_of("time", "start_time"), (int64_t)row << 40);
        columns_set_int32(&columns, column_of("time", "hour"), row);
        columns_set_int32(&columns, column_of("time", "day"), -row);
        columns_set_int32(&columns, column_of("time", "week"), 2 * row);
        columns_set_int32(&columns, column_of("time", "weekday"), 3 * row);
    }
    columns_view(&columns, view);
    for (int row = 0; row < ROWS; row++) {
        assert_int_equal(view[0].int64s[row], (int64_t)row << 40);
        assert_int_equal(view[1].int32s[row], row);
        assert_int_equal(view[2].int32s[row], -row);
        assert_int_equal(view[3].int32s[row], 2 * row);
        assert_int_equal(view[4].int32s[row], 3 * row);
    }
    columns_release(&columns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings_and_doubles_with_nulls),
        cmocka_unit_test(test_partitions_are_not_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
