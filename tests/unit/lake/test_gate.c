/* Nothing whose key is not ours gets past the gate, and nothing is done half. */
#include "scratch.h"

#include "gate.h"

#define ID    "20181101T120000Z-1f2e3d4c"
#define USERS "users/part-00000-" ID ".parquet"

static void test_what_is_not_ours_is_refused(void **state)
{
    static const char *const keys[] = {"../x", "users/x", "users/../../x", "x", "_sparkify/x"};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer found = {0};
    (void)state;
    scratch_open(&scratch);
    struct lake lake = {.model = model_builtin(), .store = scratch.store};
    scratch_put(&scratch, "users/x", STR("of others"));
    scratch_put(&scratch, USERS, STR("ours"));
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct str key = str_of(keys[i]), both[] = {STR(USERS), key};
        struct store_object ours = {.key = STR(USERS)},
                            staged = {.key = STR("_sparkify/staging/" ID "/x")};
        struct store_upload *upload = NULL;
        struct error error = {0};
        assert_int_equal(lake_gate_replace(&lake, key, STR("y"), &error), STATUS_CORRUPT);
        assert_non_null(strstr(error.message, keys[i]));
        assert_int_equal(lake_gate_put_later(&lake, key, STR("y"), &error), STATUS_CORRUPT);
        assert_int_equal(lake_gate_put_if_absent(&lake, key, STR("y"), &error), STATUS_CORRUPT);
        assert_int_equal(lake_gate_upload_begin(&lake, key, &upload, &error), STATUS_CORRUPT);
        assert_int_equal(lake_gate_move(&lake, &staged, key, &error), STATUS_CORRUPT);
        assert_int_equal(lake_gate_move(&lake, &ours, STR(USERS), &error), STATUS_CORRUPT);
        assert_int_equal(lake_gate_delete(&lake, both, 2, &error), STATUS_CORRUPT);
    }
    scratch_keys(&scratch, &found);
    assert_string_equal(buffer_text(&found), USERS "\nusers/x\n");
    buffer_reset(&found);
    scratch_get(&scratch, "users/x", &found);
    assert_string_equal(buffer_text(&found), "of others");
}

static void test_what_is_ours_passes(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer found = {0};
    struct str key = STR(USERS);
    struct error error;
    (void)state;
    scratch_open(&scratch);
    struct lake lake = {.model = model_builtin(), .store = scratch.store};
    ASSERT_OK(lake_gate_put_if_absent(&lake, key, STR("one"), &error), error);
    assert_int_equal(lake_gate_put_if_absent(&lake, key, STR("two"), &error), STATUS_EXISTS);
    ASSERT_OK(lake_gate_replace(&lake, key, STR("three"), &error), error);
    ASSERT_OK(lake_gate_delete(&lake, &key, 1, &error), error);
    scratch_keys(&scratch, &found);
    assert_string_equal(buffer_text(&found), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_ours_is_refused),
        cmocka_unit_test(test_what_is_ours_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
