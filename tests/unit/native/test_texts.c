/* Strings that are copied in stretches, as rows go from batches to row groups. */
#include "unit.h"

#include "texts.h"

#include <stdio.h>

#define ROWS 64

/* Null, empty, short and long ones. */
static struct str value_of(size_t number, char *memory)
{
    if (number % 5 == 3)
        return STR_NULL;
    int len = number % 4 == 1 ? 0 : sprintf(memory, "%zu%*s", number, (int)(number % 30), "x");
    return (struct str){memory, (size_t)len};
}

static void test_stretches(void **state)
{
    CLEANUP(texts_release) struct texts from = {0}, to = {0};
    char memory[64];
    (void)state;
    from.has_tags = to.has_tags = true;
    texts_grow(&from, ROWS);
    texts_grow(&to, 4 * ROWS);
    for (int round = 0; round < 2; round++) {
        size_t row = 0, nulls = 0, numbers[4 * ROWS];
        struct parquet_column column;
        for (size_t i = 0; i < ROWS; i++) {
            texts_set(&from, i, value_of(i, memory));
            from.tags[i] = (uint32_t)(1000 * i);
        }
        for (size_t begin = 0; begin < ROWS; begin += 7)
            for (size_t count = 0; count < 9 && begin + count <= ROWS; count += 3) {
                texts_append(&to, row, &from, begin, count);
                for (size_t i = 0; i < count; i++)
                    numbers[row++] = begin + i;
            }
        texts_view(&to, row, &column);
        assert_int_equal(column.strings.count, row);
        for (size_t i = 0; i < row; i++) {
            struct str expected = value_of(numbers[i], memory);
            uint32_t offset = column.strings.offsets[i];
            struct str got = {column.strings.data + offset, column.strings.offsets[i + 1] - offset};
            assert_int_equal(parquet_is_null(&column, i), !expected.data);
            assert_int_equal(column.strings.tags[i], 1000 * numbers[i]);
            assert_true(str_equal(got, expected.data ? expected : STR("")));
            nulls += !expected.data;
        }
        assert_int_equal(to.nulls, nulls);
        texts_reset(&from);
        texts_reset(&to);
    }
}

static void test_no_nulls(void **state)
{
    CLEANUP(texts_release) struct texts texts = {0};
    struct parquet_column column;
    (void)state;
    texts_grow(&texts, 8);
    texts_set(&texts, 0, STR("a"));
    texts_view(&texts, 1, &column);
    assert_null(column.validity);
}

/* A stretch without nulls behind one that ends with a null, in the middle of a byte. */
static void test_nulls_then_none(void **state)
{
    CLEANUP(texts_release) struct texts some = {0}, none = {0}, to = {0};
    struct parquet_column column;
    (void)state;
    texts_grow(&some, 8);
    texts_grow(&none, 8);
    texts_grow(&to, 32);
    for (size_t i = 0; i < 8; i++) {
        texts_set(&some, i, i % 2 ? STR_NULL : STR("a"));
        texts_set(&none, i, STR("b"));
    }
    texts_append(&to, 0, &some, 0, 4);
    texts_append(&to, 4, &none, 0, 8);
    texts_append(&to, 12, &some, 1, 1);
    texts_append(&to, 13, &none, 3, 5);
    texts_view(&to, 18, &column);
    for (size_t i = 0; i < 18; i++)
        assert_int_equal(parquet_is_null(&column, i), i == 1 || i == 3 || i == 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stretches),
        cmocka_unit_test(test_no_nulls),
        cmocka_unit_test(test_nulls_then_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
