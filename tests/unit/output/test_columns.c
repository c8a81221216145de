/* Columns as the Parquet encoder takes them. */
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
        columns_add_row(columns);
        columns_set_string(columns, ARTISTS_ARTIST_ID, STR("id"));
        columns_set_string(columns, ARTISTS_NAME, is_null(kind, row) ? STR_NULL : str_of(name));
        columns_set_string(columns, ARTISTS_LOCATION, STR(""));
        columns_set_double(columns, ARTISTS_LATITUDE, is_null(kind, row) ? NULL : &latitude);
        columns_set_double(columns, ARTISTS_LONGITUDE, NULL);
    }
    columns_view(columns, view);
    assert_int_equal(columns->rows, rows);
    for (size_t row = 0; row < rows; row++) {
        assert_str(string_at(&view[ARTISTS_ARTIST_ID], row), "id");
        assert_int_equal(is_valid(&view[ARTISTS_NAME], row), !is_null(kind, row));
        assert_int_equal(string_at(&view[ARTISTS_NAME], row).len, is_null(kind, row) ? 0 : row % 7);
        assert_true(is_valid(&view[ARTISTS_LOCATION], row));
        assert_int_equal(is_valid(&view[ARTISTS_LATITUDE], row), !is_null(kind, row));
        if (!is_null(kind, row))
            assert_true(view[ARTISTS_LATITUDE].doubles[row] == (double)row);
        assert_false(is_valid(&view[ARTISTS_LONGITUDE], row));
    }
    assert_int_equal(view[ARTISTS_NAME].strings.count, rows);
    if (kind == 0)
        assert_null(view[ARTISTS_NAME].validity);
}

static void test_strings_and_doubles_with_nulls(void **state)
{
    struct columns columns;
    (void)state;
    columns_init(&columns, &model_builtin, TABLE_ARTISTS);
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
    columns_init(&columns, &model_builtin, TABLE_TIME);
    for (int row = 0; row < ROWS; row++) {
        columns_add_row(&columns);
        columns_set_int64(&columns, TIME_START_TIME, (int64_t)row << 40);
        columns_set_int32(&columns, TIME_HOUR, row);
        columns_set_int32(&columns, TIME_DAY, -row);
        columns_set_int32(&columns, TIME_WEEK, 2 * row);
        columns_set_int32(&columns, TIME_WEEKDAY, 3 * row);
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
