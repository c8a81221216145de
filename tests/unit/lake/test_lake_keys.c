/* Lists of keys: sorted, searched, and the keys of tables' files. */
#include "builtin.h"
#include "unit.h"

#include "lake_keys.h"

static void test_an_empty_list(void **state)
{
    CLEANUP(lake_keys_release) struct lake_keys list = {0};
    (void)state;
    lake_keys_sort(&list);
    assert_false(lake_keys_has(&list, STR("a")));
}

static void test_sorted_by_bytes(void **state)
{
    static const char *const sorted[] = {"B", "a", "a-b", "a/b", "\xC3\xA9"};
    static const size_t order[] = {3, 0, 4, 2, 1};
    CLEANUP(lake_keys_release) struct lake_keys list = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(order); i++)
        lake_keys_add(&list, str_of(sorted[order[i]]));
    lake_keys_sort(&list);
    for (size_t i = 0; i < COUNT(sorted); i++) {
        assert_str(list.keys[i], sorted[i]);
        assert_true(lake_keys_has(&list, str_of(sorted[i])));
    }
    assert_false(lake_keys_has(&list, STR("a/")));
    assert_false(lake_keys_has(&list, STR("c")));
}

static void test_copies_outlive_what_they_were_made_of(void **state)
{
    CLEANUP(lake_keys_release) struct lake_keys list = {0};
    char key[] = "songs/x";
    (void)state;
    lake_keys_add_copy(&list, str_of(key));
    key[0] = '?';
    assert_str(list.keys[0], "songs/x");
}

static void test_files_of_tables(void **state)
{
    CLEANUP(lake_keys_release) struct lake_keys list = {0};
    (void)state;
    lake_keys_add_file(&list, builtin_table("time"), STR("year=2018/x"));
    lake_keys_add_file(&list, builtin_table("state/users"), STR("x"));
    assert_str(list.keys[0], "time/year=2018/x");
    assert_str(list.keys[1], "_sparkify/state/users/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_list),
        cmocka_unit_test(test_sorted_by_bytes),
        cmocka_unit_test(test_copies_outlive_what_they_were_made_of),
        cmocka_unit_test(test_files_of_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
