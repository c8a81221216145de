/* A set of 64-bit keys against a plain array. */
#include "unit.h"

#include "check_private.h"

static void test_zero_is_a_key(void **state)
{
    CLEANUP(check_set_release) struct check_set set = {0};
    (void)state;
    assert_false(check_set_has(&set, 0));
    assert_true(check_set_add(&set, 0));
    assert_false(check_set_add(&set, 0));
    assert_true(check_set_has(&set, 0));
}

static void test_an_empty_set_has_nothing(void **state)
{
    CLEANUP(check_set_release) struct check_set set = {0};
    (void)state;
    assert_false(check_set_has(&set, 1));
    assert_false(check_set_has(&set, UINT64_MAX));
}

/* More than the first size holds, so that it grows; each is added twice. */
static void test_random_keys(void **state)
{
    CLEANUP(check_set_release) struct check_set set = {0};
    uint64_t keys[5000], random = 1;
    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++)
        keys[i] = random_next(&random) | 1; /* odd ones */
    for (size_t i = 0; i < COUNT(keys); i++)
        assert_true(check_set_add(&set, keys[i]));
    for (size_t i = 0; i < COUNT(keys); i++) {
        assert_false(check_set_add(&set, keys[i]));
        assert_true(check_set_has(&set, keys[i]));
        assert_false(check_set_has(&set, keys[i] - 1));
    }
    assert_int_equal(set.count, COUNT(keys));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_is_a_key),
        cmocka_unit_test(test_an_empty_set_has_nothing),
        cmocka_unit_test(test_random_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
