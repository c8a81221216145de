#include "arrow.h"

#include "arrow_bytes.h"
#include "unit.h"

#include <math.h>

#define BYTES(array) ((struct str){(const char *)(array), sizeof(array)})

static const enum arrow_type types[] = {ARROW_INT32,   ARROW_INT64, ARROW_DOUBLE,
                                        ARROW_BOOLEAN, ARROW_UTF8,  ARROW_TIMESTAMP};

static void check_first(const struct arrow_column *columns)
{
    assert_int_equal(arrow_integer(&columns[0], 0), 1);
    assert_int_equal(arrow_integer(&columns[1], 0), 2147483648);
    assert_true(arrow_double(&columns[2], 0) == 1.5);
    assert_true(arrow_boolean(&columns[3], 0));
    assert_str(arrow_text(&columns[4], 0), "x");
    assert_int_equal(arrow_integer(&columns[5], 0), 1541106106796000);
}

static void check_last(const struct arrow_column *columns)
{
    assert_int_equal(arrow_integer(&columns[0], 2), -1);
    assert_int_equal(arrow_integer(&columns[1], 2), -5);
    assert_true(arrow_double(&columns[2], 2) == 0 && signbit(arrow_double(&columns[2], 2)));
    assert_false(arrow_boolean(&columns[3], 2));
    assert_str(arrow_text(&columns[4], 2), "ünï💾");
    assert_int_equal(arrow_integer(&columns[5], 2), -1);
}

static enum status check_rows(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    (void)error;
    ++*(unsigned *)ctx;
    assert_int_equal(batch->rows, 3);
    assert_int_equal(batch->column_count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(batch->columns[i].type, types[i]);
        assert_int_equal(batch->columns[i].name.data[0], "ildbst"[i]);
        for (size_t row = 0; row < 3; row++)
            assert_int_equal(arrow_is_null(&batch->columns[i], row), row == 1);
    }
    assert_str(arrow_text(&batch->columns[4], 1), NULL);
    check_first(batch->columns);
    check_last(batch->columns);
    return STATUS_OK;
}

static void rows_of_all_types(void **state)
{
    (void)state;
    struct error error;
    unsigned batches = 0;
    ASSERT_OK(arrow_read(BYTES(spark_rows), check_rows, &batches, &error), error);
    assert_int_equal(batches, 1);
}

static void check_decimal(const struct arrow_column *column, size_t row, const char *expected)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    arrow_decimal(column, row, &text);
    assert_string_equal(buffer_text(&text), expected);
}

static void decimals_as_integers(void **state)
{
    static const int64_t values[] = {0, 1, -1, 999999999999999999, -999999999999999999};
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        __int128 both[] = {7, values[i]};
        struct arrow_column column = {
            .type = ARROW_DECIMAL, .rows = 2, .values = (const void *)both};
        assert_true(arrow_decimal_integer(&column, 1) == values[i]);
    }
}

static enum status check_more(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    static const enum arrow_type more[] = {ARROW_INT8,    ARROW_INT16,   ARROW_FLOAT, ARROW_DATE,
                                           ARROW_DECIMAL, ARROW_DECIMAL, ARROW_NULL,  ARROW_BINARY};
    const struct arrow_column *columns = batch->columns;
    (void)error;
    ++*(unsigned *)ctx;
    assert_int_equal(batch->column_count, COUNT(more));
    for (size_t i = 0; i < COUNT(more); i++) {
        assert_int_equal(columns[i].type, more[i]);
        for (size_t row = 0; row < 3; row++)
            assert_int_equal(arrow_is_null(&columns[i], row), row == 1 || more[i] == ARROW_NULL);
    }
    assert_int_equal(arrow_integer(&columns[0], 0), -128);
    assert_int_equal(arrow_integer(&columns[0], 2), 127);
    assert_int_equal(arrow_integer(&columns[1], 0), -32768);
    assert_int_equal(arrow_integer(&columns[1], 2), 32767);
    assert_true(arrow_double(&columns[2], 0) == 1.5);
    assert_true(arrow_double(&columns[2], 2) == 0 && signbit(arrow_double(&columns[2], 2)));
    assert_int_equal(arrow_integer(&columns[3], 0), 17836);
    assert_int_equal(arrow_integer(&columns[3], 2), -1);
    check_decimal(&columns[4], 0, "-0.05");
    check_decimal(&columns[4], 2, "12345678.90");
    check_decimal(&columns[5], 0, "-99999999999999999999999999999999999999");
    check_decimal(&columns[5], 2, "99999999999999999999999999999999999999");
    struct str bytes = arrow_text(&columns[7], 0);
    assert_true(bytes.len == 2 && memcmp(bytes.data, "\0\xFF", 2) == 0);
    assert_str(arrow_text(&columns[7], 2), "");
    return STATUS_OK;
}

static void rows_of_more_types(void **state)
{
    (void)state;
    struct error error;
    unsigned batches = 0;
    ASSERT_OK(arrow_read(BYTES(more_rows), check_more, &batches, &error), error);
    assert_int_equal(batches, 1);
}

static void decimals_in_digits(void **state)
{
    static const struct {
        int64_t value;
        unsigned scale;
        const char *expected;
    } cases[] = {
        {0, 0, "0"},        {0, 3, "0.000"}, {5, 3, "0.005"},
        {-5, 1, "-0.5"},    {12, 1, "1.2"},  {-120, 2, "-1.20"},
        {1000, 3, "1.000"}, {7, 0, "7"},     {1, 38, "0.00000000000000000000000000000000000001"}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        __int128 value = cases[i].value;
        struct arrow_column column = {.type = ARROW_DECIMAL,
                                      .rows = 1,
                                      .values = (const void *)&value,
                                      .scale = cases[i].scale};
        check_decimal(&column, 0, cases[i].expected);
    }
}

static void bytes_need_no_alignment(void **state)
{
    (void)state;
    struct error error;
    for (size_t shift = 0; shift < 8; shift++) {
        CLEANUP(buffer_release) struct buffer moved = {0};
        unsigned batches = 0;
        buffer_append(&moved, "12345678", shift);
        buffer_append(&moved, spark_rows, sizeof spark_rows);
        struct str bytes = {moved.data + shift, sizeof spark_rows};
        ASSERT_OK(arrow_read(bytes, check_rows, &batches, &error), error);
    }
}

static enum status count_rows(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    (void)error;
    *(size_t *)ctx += batch->rows;
    for (size_t row = 0; row < batch->rows; row++)
        assert_str(arrow_text(&batch->columns[0], row), "x");
    return STATUS_OK;
}

static void batches_follow_one_another(void **state)
{
    (void)state;
    struct error error;
    size_t rows = 0;
    ASSERT_OK(arrow_read(BYTES(two_batches), count_rows, &rows, &error), error);
    assert_int_equal(rows, 2);
}

static enum status see_columns(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    (void)error;
    ++*(unsigned *)ctx;
    assert_int_equal(batch->rows, 0);
    assert_int_equal(batch->column_count, 6);
    assert_int_equal(batch->columns[5].type, ARROW_TIMESTAMP);
    return STATUS_OK;
}

static void a_schema_alone_is_a_batch_of_no_rows(void **state)
{
    (void)state;
    struct error error;
    unsigned batches = 0;
    size_t schema_len = 8 + spark_rows[4] + 256u * spark_rows[5];
    struct str schema = {(const char *)spark_rows, schema_len};
    ASSERT_OK(arrow_read(schema, see_columns, &batches, &error), error);
    assert_int_equal(batches, 1);
}

static enum status refuse(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    (void)ctx;
    (void)batch;
    return error_set(error, STATUS_NO_SPACE, "no more");
}

static void what_the_callback_returns_comes_back(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(arrow_read(BYTES(two_batches), refuse, NULL, &error), STATUS_NO_SPACE);
    assert_string_equal(error.message, "no more");
}

static void other_types_are_named(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(arrow_read(BYTES(list_rows), refuse, NULL, &error), STATUS_FAILED);
    assert_string_equal(error.message, "column \"l\" has a type that is not supported");
}

/* Every byte of every value. */
static enum status look_at_all(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    uint64_t *sum = ctx;
    (void)error;
    for (size_t i = 0; i < batch->column_count; i++)
        for (size_t row = 0; row < batch->rows; row++) {
            const struct arrow_column *column = &batch->columns[i];
            CLEANUP(buffer_release) struct buffer digits = {0};
            if (column->type == ARROW_NULL)
                *sum += arrow_is_null(column, row);
            else if (column->type == ARROW_FLOAT)
                *sum += arrow_double(column, row) > 0;
            else if (column->type == ARROW_DECIMAL)
                arrow_decimal(column, row, &digits);
            else if (column->type == ARROW_UTF8 || column->type == ARROW_BINARY)
                *sum += hash_str(arrow_text(column, row));
            else if (column->type == ARROW_BOOLEAN)
                *sum += arrow_boolean(column, row);
            else
                *sum += (uint64_t)arrow_integer(column, row);
        }
    return STATUS_OK;
}

/* A stream may end after any message, and nowhere else: after the schema, and after the rows. */
static void cut_streams_are_errors(void **state)
{
    (void)state;
    unsigned accepted = 0;
    for (size_t len = 0; len < sizeof spark_rows; len++) {
        CLEANUP(buffer_release) struct buffer cut = {0}; /* so that ASan sees its end */
        struct error error;
        uint64_t sum = 0;
        buffer_append(&cut, spark_rows, len);
        if (arrow_read(buffer_str(&cut), look_at_all, &sum, &error) == STATUS_OK)
            accepted++;
        else
            assert_int_equal(error.status, STATUS_CORRUPT);
    }
    assert_int_equal(accepted, 2);
}

static void broken_bytes_stay_inside(void **state)
{
    (void)state;
    static const uint8_t values[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
    unsigned refused = 0;
    for (size_t at = 0; at < sizeof spark_rows; at++)
        for (size_t i = 0; i < COUNT(values); i++) {
            CLEANUP(buffer_release) struct buffer broken = {0};
            struct error error;
            uint64_t sum = 0;
            buffer_append(&broken, spark_rows, sizeof spark_rows);
            broken.data[at] = (char)values[i];
            refused += arrow_read(buffer_str(&broken), look_at_all, &sum, &error) != STATUS_OK;
        }
    assert_true(refused > 200);
}

static void other_bytes_are_no_stream(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(arrow_read(STR("PAR1 and more of it"), refuse, NULL, &error), STATUS_CORRUPT);
    assert_string_equal(error.message,
                        "rows came in a form that cannot be read: it is not an Arrow stream");
    assert_int_equal(arrow_read(STR(""), refuse, NULL, &error), STATUS_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_all_types),
        cmocka_unit_test(rows_of_more_types),
        cmocka_unit_test(decimals_in_digits),
        cmocka_unit_test(decimals_as_integers),
        cmocka_unit_test(bytes_need_no_alignment),
        cmocka_unit_test(batches_follow_one_another),
        cmocka_unit_test(a_schema_alone_is_a_batch_of_no_rows),
        cmocka_unit_test(what_the_callback_returns_comes_back),
        cmocka_unit_test(other_types_are_named),
        cmocka_unit_test(cut_streams_are_errors),
        cmocka_unit_test(broken_bytes_stay_inside),
        cmocka_unit_test(other_bytes_are_no_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
