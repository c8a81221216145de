/* The dry store: it holds what the other one holds, and nothing that is done to it changes that. */
#include "scratch.h"

static void test_it_reads_what_the_other_store_holds(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    CLEANUP(buffer_release) struct buffer bytes = {0}, names = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    scratch_put(&scratch, "a/x", STR("text"));
    struct store *dry = store_dry_new(scratch.store);
    ASSERT_OK(store_list(dry, "a", STORE_LIST_ALL, &listing, &error), error);
    assert_int_equal(listing.count, 1);
    ASSERT_OK(store_get(dry, &listing.objects[0], 1, 2, &bytes, &error), error);
    assert_str(buffer_str(&bytes), "ex");
    store_read_drop(store_read_begin(dry, &listing.objects[0], 0, 4));
    store_describe_folder(dry, "", 9, &names);
    assert_string_equal(buffer_text(&names), "a/");
    assert_string_equal(store_address(dry), store_address(scratch.store));
    assert_string_equal(store_location(dry), store_location(scratch.store));
    assert_int_equal(store_reads_ahead(dry).reads, 0);
    store_free(dry);
}

static void test_an_object_that_is_not_there_is_the_others_error(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    struct store *dry = store_dry_new(scratch.store);
    assert_int_equal(
        store_get(dry, &(struct store_object){.key = STR("gone")}, 0, 9, &bytes, &error),
        STATUS_NOT_FOUND);
    assert_int_equal(store_put(dry, STR("../x"), STR("x"), &error), STATUS_CORRUPT);
    store_free(dry);
}

/* All calls that change a store, with the objects "a/x" and "a/y" in it, which stay as they are. */
static void change_all(struct store *store)
{
    struct store_upload *upload = NULL;
    struct str keys[] = {STR("a/x"), STR("a/y")};
    struct store_object old = {.key = STR("a/y"), .size_bytes = 1};
    struct error error;
    ASSERT_OK(store_probe(store, &error), error);
    ASSERT_OK(store_put(store, STR("b"), STR("new"), &error), error);
    ASSERT_OK(store_replace(store, STR("a/x"), STR("new"), &error), error);
    ASSERT_OK(store_put_if_absent(store, STR("a/x"), STR("new"), &error), error);
    ASSERT_OK(store_upload_begin(store, STR("c"), &upload, &error), error);
    ASSERT_OK(store_upload_write(upload, STR("new"), &error), error);
    ASSERT_OK(store_upload_finish(upload, &error), error);
    ASSERT_OK(store_upload_begin(store, STR("a/x"), &upload, &error), error);
    ASSERT_OK(store_upload_replace(upload, &error), error);
    ASSERT_OK(store_upload_begin(store, STR("d"), &upload, &error), error);
    store_upload_abort(upload);
    ASSERT_OK(store_move(store, &old, STR("e"), &error), error);
    store_set_time(store, STR("a/x"), 0);
    ASSERT_OK(store_flush(store, &error), error);
    ASSERT_OK(store_delete(store, keys, 2, &error), error);
    store_prune(store, "a");
    ASSERT_OK(store_check_names(store, "a", keys, 2, &error), error);
}

static void test_nothing_is_written(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer keys = {0}, bytes = {0};
    (void)state;
    scratch_open(&scratch);
    scratch_put(&scratch, "a/x", STR("x"));
    scratch_put(&scratch, "a/y", STR("y"));
    struct store *dry = store_dry_new(scratch.store);
    change_all(dry);
    store_free(dry);
    scratch_keys(&scratch, &keys);
    assert_string_equal(buffer_text(&keys), "a/x\na/y\n");
    scratch_get(&scratch, "a/x", &bytes);
    assert_str(buffer_str(&bytes), "x");
}

static void test_without_another_store_it_is_empty(void **state)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    (void)state;
    struct store *dry = store_dry_new(NULL);
    change_all(dry);
    ASSERT_OK(store_list(dry, "", STORE_LIST_ALL, &listing, &error), error);
    assert_int_equal(listing.count, 0);
    assert_string_equal(store_address(dry), "");
    assert_false(store_is_remote(dry));
    assert_int_equal(store_counts(dry).requests, 0);
    store_free(dry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_reads_what_the_other_store_holds),
        cmocka_unit_test(test_an_object_that_is_not_there_is_the_others_error),
        cmocka_unit_test(test_nothing_is_written),
        cmocka_unit_test(test_without_another_store_it_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
