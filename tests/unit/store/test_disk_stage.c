/* Objects that appear with the flush: none before, all after it, and nothing is left of the stage;
 * what others have made meanwhile is kept. */
#include "disk.h"
#include "scratch.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define STAGE "own/run/_new"

struct place {
    struct scratch scratch;
    struct store *lake;
};

static void place_open(struct place *place)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    struct store_options options = {.threads = 1};
    struct error error;
    scratch_open(&place->scratch);
    buffer_appendf(&path, "%s/lake", place->scratch.path);
    ASSERT_OK(store_open(buffer_text(&path), STORE_USE_OUTPUT, &options, &place->lake, &error),
              error);
    ASSERT_OK(store_put(place->lake, STR("own/marker"), STR("1"), &error), error);
}

static void place_release(struct place *place)
{
    store_free(place->lake);
    scratch_release(&place->scratch);
}

static void put_later(struct place *place, const char *key)
{
    struct error error;
    ASSERT_OK(store_put_later(place->lake, str_of(key), STR("new"), STAGE, &error), error);
}

/* The keys in a folder of the lake, each with a blank behind it. */
static void assert_listed(struct place *place, const char *prefix, const char *wanted)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    CLEANUP(buffer_release) struct buffer keys = {0};
    struct error error;
    ASSERT_OK(store_list(place->lake, prefix, STORE_LIST_ALL, &listing, &error), error);
    for (size_t i = 0; i < listing.count; i++) {
        buffer_append_str(&keys, listing.objects[i].key);
        buffer_append_char(&keys, ' ');
    }
    assert_string_equal(buffer_text(&keys), wanted);
    assert_false(listing.has_empty_folder);
}

static void test_objects_of_new_folders_appear_with_the_flush(void **state)
{
    static const struct {
        const char *there, *keys[4], *before, *after;
    } cases[] = {
        {NULL, {"t/a/b/1", "t/a/c/2", "t/d/e/3"}, "", "t/a/b/1 t/a/c/2 t/d/e/3 "},
        {"t/a/b/0",
         {"t/a/b/1", "t/a/c/2", "t/d/3"},
         "t/a/b/0 t/a/b/1 ",
         "t/a/b/0 t/a/b/1 t/a/c/2 t/d/3 "},
        {"t/0", {"t/1"}, "t/0 t/1 ", "t/0 t/1 "},
        {NULL, {"t/1", "t/2"}, "", "t/1 t/2 "},
    };
    struct error error;
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        CLEANUP(place_release) struct place place = {0};
        place_open(&place);
        disk_of(place.lake)->has_no_openat2 = i >= COUNT(cases);
        if (cases[i % COUNT(cases)].there)
            ASSERT_OK(
                store_put(place.lake, str_of(cases[i % COUNT(cases)].there), STR("old"), &error),
                error);
        for (size_t key = 0; cases[i % COUNT(cases)].keys[key]; key++)
            put_later(&place, cases[i % COUNT(cases)].keys[key]);
        assert_listed(&place, "t", cases[i % COUNT(cases)].before);
        for (int times = 0; times < 2; times++) {
            ASSERT_OK(store_flush(place.lake, &error), error);
            assert_listed(&place, "t", cases[i % COUNT(cases)].after);
            assert_listed(&place, "own", "own/marker ");
        }
    }
}

/* The second flush moves what came after the first one, and no handle leads to a folder's old
 * place.
 */
static void test_more_after_a_flush(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    struct error error;
    (void)state;
    place_open(&place);
    put_later(&place, "t/a/b/1");
    ASSERT_OK(store_flush(place.lake, &error), error);
    put_later(&place, "t/a/c/2");
    put_later(&place, "t/a/b/3");
    assert_listed(&place, "t", "t/a/b/1 t/a/b/3 ");
    assert_listed(&place, "own", "own/marker " STAGE "/t/a/c/2 ");
    ASSERT_OK(store_flush(place.lake, &error), error);
    assert_listed(&place, "", "own/marker t/a/b/1 t/a/b/3 t/a/c/2 ");
}

static void test_folders_that_others_made_meanwhile(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(buffer_release) struct buffer path = {0};
    struct error error;
    (void)state;
    place_open(&place);
    put_later(&place, "t/a/b/1");
    put_later(&place, "t/a/c/2");
    put_later(&place, "t/d/3");
    put_later(&place, "u/e/4");
    ASSERT_OK(store_put(place.lake, STR("t/a/b/0"), STR("theirs"), &error), error);
    buffer_appendf(&path, "%s/lake/u", place.scratch.path);
    assert_int_equal(mkdir(buffer_text(&path), 0777), 0);
    ASSERT_OK(store_flush(place.lake, &error), error);
    assert_listed(&place, "", "own/marker t/a/b/0 t/a/b/1 t/a/c/2 t/d/3 u/e/4 ");
}

static void test_a_name_that_others_took_meanwhile(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct error error;
    (void)state;
    place_open(&place);
    put_later(&place, "t/a/b/1");
    ASSERT_OK(store_put(place.lake, STR("t/a/b/1"), STR("theirs"), &error), error);
    for (int times = 0; times < 2; times++) {
        assert_int_equal(store_flush(place.lake, &error), STATUS_EXISTS);
        assert_non_null(strstr(error.message, "t/a/b/1"));
    }
    scratch_get(&place.scratch, "lake/t/a/b/1", &bytes);
    assert_str(buffer_str(&bytes), "theirs");
}

static void test_a_name_is_put_once(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    struct error error;
    (void)state;
    place_open(&place);
    put_later(&place, "t/a/1");
    assert_int_equal(store_put_later(place.lake, STR("t/a/1"), STR("again"), STAGE, &error),
                     STATUS_EXISTS);
    assert_listed(&place, "own", "own/marker " STAGE "/t/a/1 ");
}

static void test_one_stage_after_the_other(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    struct error error;
    (void)state;
    place_open(&place);
    put_later(&place, "t/a/1");
    ASSERT_OK(store_put_later(place.lake, STR("u/a/1"), STR("new"), "other", &error), error);
    assert_listed(&place, "", "own/marker " STAGE "/t/a/1 u/a/1 ");
    ASSERT_OK(store_flush(place.lake, &error), error);
    ASSERT_OK(store_put_later(place.lake, STR("v/a/1"), STR("new"), "other", &error), error);
    assert_listed(&place, "", "other/v/a/1 own/marker t/a/1 u/a/1 ");
    ASSERT_OK(store_flush(place.lake, &error), error);
    assert_listed(&place, "", "own/marker t/a/1 u/a/1 v/a/1 ");
}

/* Another program puts a link in the place of a folder of the stage. */
static void test_a_link_in_the_stage_is_not_followed(void **state)
{
    static const char *const keys[] = {"t/a/2", "t/a/b/2"};
    struct error error;
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(keys); i++) {
        CLEANUP(place_release) struct place place = {0};
        CLEANUP(buffer_release) struct buffer home = {0}, folder = {0}, moved = {0};
        place_open(&place);
        disk_of(place.lake)->has_no_openat2 = i >= COUNT(keys);
        buffer_appendf(&home, "%s/home", place.scratch.path);
        assert_int_equal(mkdir(buffer_text(&home), 0777), 0);
        put_later(&place, "t/a/1");
        buffer_appendf(&folder, "%s/lake/" STAGE "/t/a", place.scratch.path);
        buffer_appendf(&moved, "%s/moved", place.scratch.path);
        assert_int_equal(rename(buffer_text(&folder), buffer_text(&moved)), 0);
        assert_int_equal(symlink(buffer_text(&home), buffer_text(&folder)), 0);
        assert_int_equal(
            store_put_later(place.lake, str_of(keys[i % COUNT(keys)]), STR("new"), STAGE, &error),
            STATUS_FOREIGN);
        assert_non_null(strstr(error.message, STAGE "/t/a is a link"));
        assert_int_equal(rmdir(buffer_text(&home)), 0); /* empty */
    }
}

/* A file may be no longer than 100 bytes. */
static void test_a_write_that_fails_leaves_nothing(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    static const char bytes[200];
    struct rlimit old, limit;
    struct error error;
    (void)state;
    place_open(&place);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = (struct rlimit){100, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum status status =
        store_put_later(place.lake, STR("t/a/1"), (struct str){bytes, sizeof bytes}, STAGE, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, STATUS_NO_SPACE);
    assert_non_null(strstr(error.message, "t/a/1"));
    put_later(&place, "t/a/1");
}

/* ---- Puts beside flushes --------------------------------------------------------------------- */

#define WRITERS 3
#define FILES   60

static char content[64 << 10];

/* Whoever lists the tables beside it finds no object in part. */
static void flush_and_list(struct place *place)
{
    struct error error;
    for (int times = 0; times < 40; times++) {
        CLEANUP(store_listing_release) struct store_listing listing = {0};
        ASSERT_OK(store_flush(place->lake, &error), error);
        ASSERT_OK(store_list(place->lake, "t", STORE_LIST_ALL, &listing, &error), error);
        for (size_t i = 0; i < listing.count; i++)
            assert_true(listing.objects[i].size_bytes == sizeof content ||
                        store_is_temporary(listing.objects[i].key));
    }
}

static void put_or_flush(void *ctx, unsigned worker)
{
    struct place *place = ctx;
    struct error error;
    if (worker == WRITERS)
        flush_and_list(place);
    for (int i = 0; worker < WRITERS && i < FILES; i++) {
        CLEANUP(buffer_release) struct buffer key = {0};
        buffer_appendf(&key, "t/a=%d/b=%d/%u", i % 7, i, worker);
        ASSERT_OK(store_put_later(place->lake, buffer_str(&key),
                                  (struct str){content, sizeof content}, STAGE, &error),
                  error);
    }
}

static void test_no_object_appears_in_part(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    (void)state;
    place_open(&place);
    threads_run(WRITERS + 1, put_or_flush, &place);
    ASSERT_OK(store_flush(place.lake, &error), error);
    ASSERT_OK(store_list(place.lake, "t", STORE_LIST_ALL, &listing, &error), error);
    assert_int_equal(listing.count, WRITERS * FILES);
    assert_listed(&place, "own", "own/marker ");
}

/* Where a file system folds names, each name is tried in its own place. */
static void test_nothing_is_staged_where_names_are_folded(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    (void)state;
    place_open(&place);
    disk_of(place.lake)->folds_names = true;
    put_later(&place, "t/a/1");
    assert_listed(&place, "", "own/marker t/a/1 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_of_new_folders_appear_with_the_flush),
        cmocka_unit_test(test_more_after_a_flush),
        cmocka_unit_test(test_folders_that_others_made_meanwhile),
        cmocka_unit_test(test_a_name_that_others_took_meanwhile),
        cmocka_unit_test(test_a_name_is_put_once),
        cmocka_unit_test(test_one_stage_after_the_other),
        cmocka_unit_test(test_a_link_in_the_stage_is_not_followed),
        cmocka_unit_test(test_a_write_that_fails_leaves_nothing),
        cmocka_unit_test(test_no_object_appears_in_part),
        cmocka_unit_test(test_nothing_is_staged_where_names_are_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
