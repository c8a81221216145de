/* The index and dictionaries. */
#include "unit.h"

#include <stdio.h>

struct numbers {
    uint64_t values[5000];
    uint32_t count;
};

static bool same_number(const void *ctx, uint32_t record, const void *key)
{
    return ((const struct numbers *)ctx)->values[record] == *(const uint64_t *)key;
}

/* Few hashes for many records: most lookups go past records that are not equal. */
static void test_index_finds_what_was_added_and_nothing_else(void **state)
{
    static struct numbers numbers;
    CLEANUP(index_release) struct index index = {0};
    uint64_t random = 1;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint64_t value = random_below(&random, 5000), hash = (value % 97) << 32;
        uint32_t expected = INDEX_NONE;
        for (uint32_t j = 0; j < numbers.count; j++)
            if (numbers.values[j] == value)
                expected = j;
        assert_int_equal(index_find(&index, hash, same_number, &numbers, &value), expected);
        if (expected == INDEX_NONE && numbers.count < 300) {
            index_add(&index, hash, numbers.count);
            numbers.values[numbers.count++] = value;
        }
    }
    assert_int_equal(index.count, 300);
    uint64_t first = numbers.values[0];
    numbers.values[300] = first;
    index_renumber(&index, (first % 97) << 32, 0, 300);
    assert_int_equal(index_find(&index, (first % 97) << 32, same_number, &numbers, &first), 300);
    index_reset(&index);
    assert_int_equal(index_find(&index, 0, same_number, &numbers, &numbers.values[0]), INDEX_NONE);
}

static void test_dictionary_codes_are_dense_and_in_order(void **state)
{
    CLEANUP(dictionary_release) struct dictionary dictionary = {0};
    char text[16];
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3000; i++) {
            int len = snprintf(text, sizeof text, "%d", i % 1000);
            struct str value = {text, (size_t)len};
            assert_int_equal(dictionary_add(&dictionary, value, hash_str(value)), i % 1000);
        }
        assert_int_equal(dictionary.count, 1000);
        assert_str(dictionary_value(&dictionary, 999), "999");
        assert_int_equal(dictionary_find(&dictionary, STR("x"), hash_str(STR("x"))), INDEX_NONE);
        assert_int_equal(dictionary_find(&dictionary, STR("7"), hash_str(STR("7"))), 7);
        dictionary_reset(&dictionary);
    }
    assert_int_equal(dictionary_add(&dictionary, STR(""), hash_str(STR(""))), 0);
    assert_str(dictionary_value(&dictionary, 0), "");
    assert_int_equal(dictionary_append(&dictionary, STR("appended")), 1);
    assert_str(dictionary_value(&dictionary, 1), "appended");
    assert_int_equal(dictionary_find(&dictionary, STR("appended"), hash_str(STR("appended"))),
                     INDEX_NONE);
}

static void test_null_hashes_apart_from_the_empty_string(void **state)
{
    (void)state;
    assert_int_not_equal(hash_str(STR_NULL), hash_str(STR("")));
    assert_int_not_equal(hash_mix(hash_mix(0, 1), 2), hash_mix(hash_mix(0, 2), 1));
}

/* With another key all are other, and nothing that is stored is. */
static void test_keys(void **state)
{
    static const struct str texts[] = {
        {"", 0}, {"a", 1}, {"12345678", 8}, {"0123456789abcdef0", 17}};
    uint64_t words[2] = {1, 2}, seen[2][COUNT(texts) + 2];
    (void)state;
    for (int key = 0; key < 2; key++) {
        hash_set_key((uint64_t)key);
        for (size_t i = 0; i < COUNT(texts); i++)
            seen[key][i] = hash_str(texts[i]);
        seen[key][COUNT(texts)] = hash_words(words, 1);
        seen[key][COUNT(texts) + 1] = hash_words(words, 2);
        for (size_t i = 0; i < COUNT(seen[key]); i++)
            for (size_t j = 0; j < i; j++)
                assert_int_not_equal(seen[key][i], seen[key][j]);
        assert_true(hash_stored(STR("a")) == UINT64_C(0xE6C632B61E964E1F)); /* XXH3, no seed */
    }
    for (size_t i = 0; i < COUNT(seen[0]); i++)
        assert_int_not_equal(seen[0][i], seen[1][i]);
    hash_set_key(0);
    assert_true(hash_str(STR("a")) == seen[0][1]);
}

/* Strings that were made to collide in XXH3 without a key, in the half that indexes use. */
static void test_strings_that_were_made_to_collide(void **state)
{
    static const struct str made[] = {{"n#.4UgU_", 8}, {"C),>fv|'", 8}, {"W#:MEm)p", 8}};
    (void)state;
    for (size_t i = 1; i < COUNT(made); i++) {
        assert_true(hash_stored(made[0]) >> 32 == hash_stored(made[i]) >> 32);
        assert_true(hash_str(made[0]) >> 32 != hash_str(made[i]) >> 32);
    }
}

static void test_pieces_hash_as_the_whole(void **state)
{
    struct hasher *hasher = hasher_new();
    (void)state;
    hasher_add(hasher, STR("one and "));
    hasher_add(hasher, STR("two"));
    assert_true(hasher_value(hasher) == hash_stored(STR("one and two")));
    hasher_free(hasher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index_finds_what_was_added_and_nothing_else),
        cmocka_unit_test(test_dictionary_codes_are_dense_and_in_order),
        cmocka_unit_test(test_null_hashes_apart_from_the_empty_string),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_strings_that_were_made_to_collide),
        cmocka_unit_test(test_pieces_hash_as_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
