/* Batches that are concatenated, and their values as files have them. */
#include "unit.h"

#include <gather.h>

/* Rows of four columns: a bool, a date, a decimal number and a text; the text's second row is null.
 */
static void add(struct gather *gather, const struct query_column *columns)
{
    static const int64_t bools[] = {1, 0, 1}, dates[] = {0, -1, 17836};
    static const uint32_t numbers[] = {0, 1, 4, 6}, texts[] = {0, 1, 1, 3};
    static const uint8_t validity[] = {5};
    const struct query_vector vectors[] = {
        {.int64s = bools},
        {.int64s = dates},
        {.offsets = numbers, .bytes = "12.5-3"},
        {.validity = validity, .offsets = texts, .bytes = "abc"},
    };
    gather_add(gather, columns, &(struct query_batch){3, vectors});
}

static const struct query_column columns[] = {
    {STR("b"), QUERY_BOOL},
    {STR("d"), QUERY_DATE},
    {STR("n"), QUERY_NUMBER},
    {STR("t"), QUERY_TEXT},
};

static void test_conversions(void **state)
{
    static const int32_t days[] = {0, -1, 17836, 0, -1, 17836};
    static const double numbers[] = {1, 2.5, -3, 1, 2.5, -3};
    struct gather gather;
    (void)state;
    gather_init(&gather, 4);
    add(&gather, columns);
    add(&gather, columns);
    const struct buffer *bits = &gather.columns[0].values;
    assert_int_equal(bits->len, 1);
    assert_int_equal((unsigned char)bits->data[0], 0x2D); /* 1 0 1 1 0 1, the first bit lowest */
    assert_int_equal(gather.columns[1].values.len, sizeof days);
    assert_memory_equal(gather.columns[1].values.data, days, sizeof days);
    assert_int_equal(gather.columns[2].values.len, sizeof numbers);
    assert_memory_equal(gather.columns[2].values.data, numbers, sizeof numbers);
    assert_null(gather_validity(&gather.columns[2]));
    gather_release(&gather);
}

static void test_rows(void **state)
{
    static const uint32_t offsets[] = {0, 1, 1, 3, 4, 4, 6};
    struct gather gather;
    (void)state;
    gather_init(&gather, 4);
    add(&gather, columns);
    add(&gather, columns);
    const struct gathered_column *text = &gather.columns[3];
    assert_int_equal(gather.rows, 6);
    assert_int_equal(text->nulls, 2);
    assert_int_equal((unsigned char)text->validity.data[0] & 0x3F, 0x2D);
    assert_memory_equal(text->values.data, offsets, sizeof offsets);
    assert_str(buffer_str(&text->bytes), "abcabc");
    assert_int_equal(gather_string_bytes(&gather), 6);
    gather_reset(&gather);
    assert_int_equal(gather.rows, 0);
    assert_int_equal(gather_string_bytes(&gather), 0);
    gather_release(&gather);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conversions),
                                       cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
