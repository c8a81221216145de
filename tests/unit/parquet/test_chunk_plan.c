/* chunk_plan: the encoding of a column chunk, and its dictionary. */
#include "chunk_plan.h"

#include "check.h"

#define VALUES 10000

static void strings_init(struct values *values, struct buffer *data, uint32_t *offsets,
                         const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        offsets[i] = (uint32_t)data->len;
        buffer_appendf(data, "%llu", (unsigned long long)numbers[i]);
    }
    offsets[count] = (uint32_t)data->len;
    *values = (struct values){.type = PARQUET_STRING,
                              .count = count,
                              .offsets = offsets,
                              .data = data->data,
                              .strings = count};
}

static void assert_plan(struct values *values, int encoding, size_t entries)
{
    struct chunk_planner planner = {0};
    struct chunk_plan plan = chunk_plan_make(&planner, values, 1 << 20);
    assert_int_equal(plan.encoding, encoding);
    assert_int_equal(plan.entries, entries);
    chunk_planner_release(&planner);
}

/* Number i is one of `distinct`, in `order`. */
static uint64_t shaped(size_t i, size_t distinct, bool random_order, uint64_t *random)
{
    return random_order ? check_random(random) % distinct : i * distinct / VALUES;
}

static void test_numbers_and_strings(void **state)
{
    (void)state;
    enum { PLAIN = ENCODING_PLAIN, DELTA = ENCODING_DELTA_BINARY_PACKED };
    enum { DICTIONARY = ENCODING_RLE_DICTIONARY };
    static const struct {
        size_t count, distinct;
        bool random;
        int of_ints, of_doubles, of_strings;
    } rows[] = {
        {16, 1, false, PLAIN, PLAIN, PLAIN}, /* too few for anything else */
        {17, 1, false, DICTIONARY, DICTIONARY, DICTIONARY},
        {VALUES, 1, true, DICTIONARY, DICTIONARY, DICTIONARY},
        {VALUES, 7, true, DICTIONARY, DICTIONARY, DICTIONARY},
        {VALUES, 24, false, DICTIONARY, DICTIONARY, DICTIONARY},
        {VALUES, VALUES, false, DELTA, PLAIN, PLAIN},
        {VALUES, SIZE_MAX, true, PLAIN, PLAIN, PLAIN},
    };
    uint64_t random = 7;
    uint64_t *numbers = mem_alloc(VALUES * sizeof *numbers);
    double *doubles = mem_alloc(VALUES * sizeof *doubles);
    uint32_t *offsets = mem_alloc((VALUES + 1) * sizeof *offsets);
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer data = {0};
        size_t count = rows[i].count;
        for (size_t k = 0; k < count; k++) {
            numbers[k] = shaped(k, rows[i].distinct, rows[i].random, &random);
            doubles[k] = (double)numbers[k] / 8;
        }
        size_t entries = rows[i].of_ints == DICTIONARY ? rows[i].distinct : 0;
        struct values values = {
            .type = PARQUET_INT64, .count = count, .bits = (const uint8_t *)numbers};
        assert_plan(&values, rows[i].of_ints, entries);
        values.type = PARQUET_DOUBLE;
        values.doubles = doubles;
        assert_plan(&values, rows[i].of_doubles, entries);
        strings_init(&values, &data, offsets, numbers, count);
        assert_plan(&values, rows[i].of_strings, entries);
    }
    mem_free(numbers);
    mem_free(doubles);
    mem_free(offsets);
}

/* The dictionary of the caller is kept if all entries are used, otherwise the used ones by first
 * use. */
static void test_callers_dictionaries(void **state)
{
    (void)state;
    static const struct {
        uint32_t codes[4]; /* repeated to 40 */
        const char *page;
        uint32_t expected[4];
    } rows[] = {
        {{2, 0, 1, 2}, "01 00 00 00 61 01 00 00 00 62 01 00 00 00 63", {2, 0, 1, 2}},
        {{2, 0, 2, 0}, "01 00 00 00 63 01 00 00 00 61", {0, 1, 0, 1}},
        {{1, 1, 1, 1}, "01 00 00 00 62", {0, 0, 0, 0}},
    };
    const uint32_t offsets[] = {0, 1, 2, 3};
    struct chunk_planner planner = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t codes[40];
        for (size_t k = 0; k < COUNT(codes); k++)
            codes[k] = rows[i].codes[k % 4];
        struct values values = {.type = PARQUET_STRING,
                                .count = COUNT(codes),
                                .codes = codes,
                                .offsets = offsets,
                                .data = "abc",
                                .strings = 3,
                                .dictionary = true};
        struct chunk_plan plan = chunk_plan_make(&planner, &values, 1 << 20);
        assert_int_equal(plan.encoding, ENCODING_RLE_DICTIONARY);
        assert_bytes(plan.dictionary, rows[i].page);
        assert_int_equal(plan.width, plan.entries == 3 ? 2 : 1);
        for (size_t k = 0; k < COUNT(codes); k++)
            assert_int_equal(plan.codes[k], rows[i].expected[k % 4]);
    }
    chunk_planner_release(&planner);
}

/* A dictionary larger than the values, of which few are used, is neither copied nor searched. */
static void test_a_dictionary_larger_than_the_values(void **state)
{
    (void)state;
    enum { STRINGS = 1000 };
    uint32_t offsets[STRINGS + 1], codes[20];
    char data[STRINGS];
    for (uint32_t i = 0; i <= STRINGS; i++)
        offsets[i] = i;
    for (size_t i = 0; i < STRINGS; i++)
        data[i] = (char)('a' + i % 26);
    for (uint32_t i = 0; i < COUNT(codes); i++)
        codes[i] = 900 + i % 2;
    struct values values = {.type = PARQUET_STRING,
                            .count = COUNT(codes),
                            .codes = codes,
                            .offsets = offsets,
                            .data = data,
                            .strings = STRINGS,
                            .dictionary = true};
    struct chunk_planner planner = {0};
    struct chunk_plan plan = chunk_plan_make(&planner, &values, 1 << 20);
    assert_int_equal(plan.encoding, ENCODING_RLE_DICTIONARY);
    assert_bytes(plan.dictionary, "01 00 00 00 71 01 00 00 00 72");
    chunk_planner_release(&planner);
}

/* Strings that are new at first, and then again and again. */
static void test_strings_that_repeat_late(void **state)
{
    (void)state;
    enum { NEW = 5000 };
    uint64_t *numbers = mem_alloc(VALUES * sizeof *numbers);
    uint32_t *offsets = mem_alloc((VALUES + 1) * sizeof *offsets);
    CLEANUP(buffer_release) struct buffer data = {0};
    struct values values;
    for (size_t i = 0; i < VALUES; i++)
        numbers[i] = 1000000000 + i % NEW;
    strings_init(&values, &data, offsets, numbers, VALUES);
    assert_plan(&values, ENCODING_PLAIN, 0);
    values.may_repeat_late = true;
    assert_plan(&values, ENCODING_RLE_DICTIONARY, NEW);
    mem_free(numbers);
    mem_free(offsets);
}

/* Hashes that are known give the same dictionary, also where they are the same for many strings;
 * `rows` are the strings that are not null, or NULL. */
static void check_tags(const uint32_t *rows, size_t count, uint32_t mask)
{
    CLEANUP(buffer_release) struct buffer data = {0};
    uint64_t numbers[VALUES / 4];
    uint32_t offsets[COUNT(numbers) + 1], tags[COUNT(numbers)];
    struct values known, plain;
    for (size_t i = 0; i < COUNT(numbers); i++)
        numbers[i] = i * 7919 % 700;
    strings_init(&known, &data, offsets, numbers, COUNT(numbers));
    for (size_t i = 0; i < COUNT(numbers); i++)
        tags[i] = (uint32_t)(hash_str(values_entry(&known, i)) >> 32) & mask;
    known.count = count;
    known.codes = rows;
    plain = known;
    known.tags = tags;
    struct chunk_planner planners[2] = {0};
    struct chunk_plan wanted = chunk_plan_make(&planners[0], &plain, 1 << 20);
    struct chunk_plan plan = chunk_plan_make(&planners[1], &known, 1 << 20);
    assert_int_equal(plan.encoding, ENCODING_RLE_DICTIONARY);
    assert_int_equal(plan.entries, wanted.entries);
    assert_memory_equal(plan.codes, wanted.codes, count * sizeof *plan.codes);
    assert_true(str_equal(buffer_str(plan.dictionary), buffer_str(wanted.dictionary)));
    chunk_planner_release(&planners[0]);
    chunk_planner_release(&planners[1]);
}

static void test_known_hashes(void **state)
{
    uint32_t rows[VALUES / 5];
    (void)state;
    for (uint32_t i = 0; i < COUNT(rows); i++)
        rows[i] = i + i / 4;
    check_tags(NULL, VALUES / 4, UINT32_MAX);
    check_tags(NULL, VALUES / 4, 7);
    check_tags(rows, COUNT(rows), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_and_strings),
        cmocka_unit_test(test_callers_dictionaries),
        cmocka_unit_test(test_a_dictionary_larger_than_the_values),
        cmocka_unit_test(test_strings_that_repeat_late),
        cmocka_unit_test(test_known_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
