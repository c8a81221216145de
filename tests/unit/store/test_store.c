/* Keys: which are well-formed, and their parts. */
#include "unit.h"

#include <store_kind.h>

static void test_keys(void **state)
{
    static const struct {
        struct str key;
        bool is_key;
        const char *folder, *name;
    } rows[] = {
        {STR("a"), true, "", "a"},
        {STR("a/b.parquet"), true, "a/", "b.parquet"},
        {STR("year=2018/month=11/x"), true, "year=2018/month=11/", "x"},
        {STR("..a/.b/c..d/..."), true, "..a/.b/c..d/", "..."},
        {STR("\xFF\n "), true, "", "\xFF\n "},
        {STR(""), false, "", ""},
        {STR("/a"), false, "/", "a"},
        {STR("a/"), false, "a/", ""},
        {STR("a//b"), false, "a//", "b"},
        {STR("."), false, "", "."},
        {STR("a/."), false, "a/", "."},
        {STR("./a"), false, "./", "a"},
        {STR("a/../b"), false, "a/../", "b"},
        {STR(".."), false, "", ".."},
        {{"a\0b", 3}, false, "", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (store_is_key(rows[i].key) != rows[i].is_key)
            fail_msg("row %zu", i);
        if (!rows[i].name)
            continue;
        assert_str(store_key_folder(rows[i].key), rows[i].folder);
        assert_str(store_key_name(rows[i].key), rows[i].name);
    }
}

static enum status refused(enum status status)
{
    assert_int_equal(status, STATUS_CORRUPT);
    return status;
}

/* No kind of store sees such a key: the dry store has no function that could fail. */
static void test_ill_formed_keys_are_refused(void **state)
{
    const struct str key = STR("../x");
    const struct store_object object = {.key = key};
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct store_upload *upload;
    struct error error;
    (void)state;
    struct store *store = store_dry_new(NULL);
    (void)refused(store_put(store, key, STR("x"), &error));
    (void)refused(store_replace(store, key, STR("x"), &error));
    (void)refused(store_put_if_absent(store, key, STR("x"), &error));
    (void)refused(store_upload_begin(store, key, &upload, &error));
    (void)refused(store_move(store, &object, STR("a"), &error));
    (void)refused(store_delete(store, &key, 1, &error));
    (void)refused(store_get(store, &object, 0, 1, &bytes, &error));
    assert_non_null(strstr(error.message, "cannot read '../x'"));
    store_set_time(store, key, 0);
    store_prune(store, "../x");
    store_read_drop(store_read_begin(store, &object, 0, 1));
    store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_ill_formed_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
