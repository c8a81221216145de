/* Rows of Spark in their own types become ours. */
#include "unit.h"

#include "from_arrow.h"

static const uint8_t second_is_null = 1 | 4;
static const int8_t int8s[] = {-1, 0, 127};
static const int16_t int16s[] = {-2, 0, 32767};
static const int32_t int32s[] = {-3, 0, 17836};
static const int64_t int64s[] = {INT64_MIN, 0, INT64_MAX};
static const float floats[] = {-0.5F, 0, 1.25F};
static const double doubles[] = {-0.1, 0, 1e300};
static const uint8_t bools = 4;
static const __int128 decimals[] = {-5, 0, 12345};
static const int32_t offsets[] = {0, 1, 1, 3};

/* The values of rows 0 and 2 as text; row 1 is null. */
static const struct {
    enum arrow_type type;
    const void *values;
    enum query_type expected;
    const char *first, *last;
} cases[] = {
    {ARROW_BOOLEAN, &bools, QUERY_BOOL, "false", "true"},
    {ARROW_INT8, int8s, QUERY_INT64, "-1", "127"},
    {ARROW_INT16, int16s, QUERY_INT64, "-2", "32767"},
    {ARROW_INT32, int32s, QUERY_INT64, "-3", "17836"},
    {ARROW_INT64, int64s, QUERY_INT64, "-9223372036854775808", "9223372036854775807"},
    {ARROW_FLOAT, floats, QUERY_DOUBLE, "-0.5", "1.25"},
    {ARROW_DOUBLE, doubles, QUERY_DOUBLE, "-0.1", "1e+300"},
    {ARROW_DECIMAL, decimals, QUERY_NUMBER, "-0.05", "123.45"},
    {ARROW_UTF8, offsets, QUERY_TEXT, "a", "bc"},
    {ARROW_BINARY, offsets, QUERY_BLOB, "a", "bc"},
    {ARROW_DATE, int32s, QUERY_DATE, "1969-12-29", "2018-11-01"},
    {ARROW_TIMESTAMP, (const int64_t[]){-1, 0, 1541106106796000}, QUERY_TIMESTAMP,
     "1969-12-31 23:59:59.999999", "2018-11-01 21:01:46.796"},
};

static struct arrow_column column_of(enum arrow_type type, const void *values)
{
    return (struct arrow_column){.name = STR("a"),
                                 .type = type,
                                 .rows = 3,
                                 .validity = &second_is_null,
                                 .values = values,
                                 .text = "abc",
                                 .scale = 2};
}

static void assert_shown(const struct from_arrow *made, size_t row, const char *expected)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    query_append_value(&text, made->columns[0].type, &made->vectors[0], row);
    assert_string_equal(buffer_text(&text), expected);
}

static void test_values(void **state)
{
    static const struct spark_query plain = {0};
    struct error error;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(from_arrow_release) struct from_arrow made = {0};
        struct arrow_column column = column_of(cases[i].type, cases[i].values);
        struct arrow_batch batch = {3, 1, &column};
        for (int again = 0; again < 2; again++) {
            assert_int_equal(from_arrow_convert(&made, &plain, &batch, &error), STATUS_OK);
            assert_int_equal(made.columns[0].type, cases[i].expected);
            assert_true(query_is_null(&made.vectors[0], 1));
            assert_shown(&made, 0, cases[i].first);
            assert_shown(&made, 2, cases[i].last);
        }
    }
}

static void test_nulls_alone(void **state)
{
    static const struct spark_query plain = {0};
    struct error error;
    CLEANUP(from_arrow_release) struct from_arrow made = {0};
    struct arrow_column column = {.name = STR("n"), .type = ARROW_NULL, .rows = 9};
    struct arrow_batch batch = {9, 1, &column};
    (void)state;
    assert_int_equal(from_arrow_convert(&made, &plain, &batch, &error), STATUS_OK);
    for (size_t row = 0; row < 9; row++)
        assert_true(query_is_null(&made.vectors[0], row));
}

/* The statement's description has the names, and says what is JSON; but text must it be. */
static void test_names_and_json(void **state)
{
    struct spark_column described[] = {{STR("list"), true}, {STR("b"), false}, {STR("c"), true}};
    struct spark_query query = {.columns = described, .count = COUNT(described)};
    struct arrow_column columns[] = {column_of(ARROW_UTF8, offsets), column_of(ARROW_UTF8, offsets),
                                     column_of(ARROW_INT8, int8s)};
    struct arrow_batch batch = {3, COUNT(columns), columns};
    CLEANUP(from_arrow_release) struct from_arrow made = {0};
    struct error error;
    (void)state;
    assert_int_equal(from_arrow_convert(&made, &query, &batch, &error), STATUS_OK);
    assert_true(str_equal(made.columns[0].name, STR("list")));
    assert_int_equal(made.columns[0].type, QUERY_JSON);
    assert_int_equal(made.columns[1].type, QUERY_TEXT);
    assert_int_equal(made.columns[2].type, QUERY_INT64);
}

static void test_other_columns(void **state)
{
    static const struct spark_query plain = {0};
    struct error error;
    CLEANUP(from_arrow_release) struct from_arrow made = {0};
    struct arrow_column columns[] = {column_of(ARROW_INT8, int8s), column_of(ARROW_INT8, int8s)};
    struct arrow_batch batch = {3, 1, columns};
    (void)state;
    assert_int_equal(from_arrow_convert(&made, &plain, &batch, &error), STATUS_OK);
    batch.column_count = 2;
    assert_int_equal(from_arrow_convert(&made, &plain, &batch, &error), STATUS_CORRUPT);
    batch.column_count = 1;
    columns[0].type = ARROW_UTF8;
    assert_int_equal(from_arrow_convert(&made, &plain, &batch, &error), STATUS_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_nulls_alone),
        cmocka_unit_test(test_names_and_json),
        cmocka_unit_test(test_other_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
