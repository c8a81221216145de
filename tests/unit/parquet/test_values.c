/* values: columns without their nulls, and PLAIN. */
#include "values.h"

#include "check.h"

#define ROWS 70

/* Each third row is null. */
static size_t make_validity(uint8_t validity[(ROWS + 7) / 8])
{
    size_t nulls = 0;
    memset(validity, 0, (ROWS + 7) / 8);
    for (size_t i = 0; i < ROWS; i++) {
        validity[i / 8] |= (uint8_t)((i % 3 != 0) << i % 8);
        nulls += i % 3 == 0;
    }
    return nulls;
}

static size_t row_of(size_t value)
{
    return value / 2 * 3 + 1 + value % 2;
}

static void test_numbers(void **state)
{
    (void)state;
    uint8_t validity[(ROWS + 7) / 8], bits[(ROWS + 7) / 8] = {0};
    int32_t narrow[ROWS];
    int64_t wide[ROWS];
    size_t nulls = make_validity(validity);
    CLEANUP(buffer_release) struct buffer scratch = {0};
    for (size_t i = 0; i < ROWS; i++) {
        narrow[i] = -(int32_t)i;
        wide[i] = (int64_t)i << 40;
        bits[i / 8] |= (uint8_t)((i % 5 == 0) << i % 8);
    }
    struct parquet_column column = {.validity = validity, .int32s = narrow};
    struct values values = values_gather(PARQUET_INT32, &column, ROWS, nulls, &scratch);
    assert_int_equal(values.count, ROWS - nulls);
    for (size_t i = 0; i < values.count; i++)
        assert_int_equal(values.int32s[i], narrow[row_of(i)]);
    column.int64s = wide;
    values = values_gather(PARQUET_TIMESTAMP, &column, ROWS, nulls, &scratch);
    for (size_t i = 0; i < values.count; i++)
        assert_true(values.int64s[i] == wide[row_of(i)]);
    column.bits = bits;
    values = values_gather(PARQUET_BOOLEAN, &column, ROWS, nulls, &scratch);
    for (size_t i = 0; i < values.count; i++)
        assert_int_equal(values.bits[i / 8] >> i % 8 & 1, row_of(i) % 5 == 0);
}

static void test_without_nulls_nothing_is_copied(void **state)
{
    (void)state;
    double doubles[] = {1, 2, 3};
    CLEANUP(buffer_release) struct buffer scratch = {0};
    struct parquet_column column = {.doubles = doubles};
    struct values values = values_gather(PARQUET_DOUBLE, &column, COUNT(doubles), 0, &scratch);
    assert_ptr_equal(values.doubles, doubles);
    assert_int_equal(scratch.len, 0);
}

static void test_strings(void **state)
{
    (void)state;
    const uint8_t validity[] = {0x5}; /* rows 0 and 2 */
    const uint32_t offsets[] = {0, 1, 3, 6}, codes[] = {2, 0, 1};
    CLEANUP(buffer_release) struct buffer scratch = {0};
    struct parquet_column column = {.validity = validity,
                                    .strings = {offsets, "abbccc", COUNT(offsets) - 1}};
    struct values values = values_gather(PARQUET_STRING, &column, 3, 1, &scratch);
    assert_int_equal(values.count, 2);
    assert_false(values.dictionary);
    assert_true(str_equal(values_string(&values, 0), STR("a")));
    assert_true(str_equal(values_string(&values, 1), STR("ccc")));
    column.codes = codes;
    values = values_gather(PARQUET_STRING, &column, 3, 1, &scratch);
    assert_true(values.dictionary);
    assert_true(str_equal(values_string(&values, 0), STR("ccc")));
    assert_true(str_equal(values_string(&values, 1), STR("bb")));
}

static void test_plain(void **state)
{
    (void)state;
    const int32_t int32s[] = {1, -1, 0x01020304};
    const uint8_t bits[] = {0xB4, 0x01};
    const uint32_t offsets[] = {0, 2, 2, 5};
    CLEANUP(buffer_release) struct buffer out = {0};
    struct values values = {.type = PARQUET_INT32, .count = 3, .int32s = int32s};
    plain_encode(&out, &values, 1, 2);
    assert_bytes(&out, "FF FF FF FF 04 03 02 01");
    buffer_reset(&out);
    values = (struct values){.type = PARQUET_BOOLEAN, .count = 9, .bits = bits};
    plain_encode(&out, &values, 2, 7);
    assert_bytes(&out, "6D");
    buffer_reset(&out);
    values =
        (struct values){.type = PARQUET_STRING, .count = 3, .offsets = offsets, .data = "abcde"};
    plain_encode(&out, &values, 0, 3);
    assert_bytes(&out, "02 00 00 00 61 62 00 00 00 00 03 00 00 00 63 64 65");
    buffer_reset(&out);
    plain_encode(&out, &values, 3, 0);
    assert_int_equal(out.len, 0);
}

static void test_widths(void **state)
{
    (void)state;
    assert_int_equal(values_width(PARQUET_INT32), 4);
    assert_int_equal(values_width(PARQUET_INT64), 8);
    assert_int_equal(values_width(PARQUET_TIMESTAMP), 8);
    assert_int_equal(values_width(PARQUET_DOUBLE), 8);
    assert_int_equal(values_width(PARQUET_BOOLEAN), 0);
    assert_int_equal(values_width(PARQUET_STRING), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_without_nulls_nothing_is_copied),
        cmocka_unit_test(test_strings), cmocka_unit_test(test_plain),
        cmocka_unit_test(test_widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
