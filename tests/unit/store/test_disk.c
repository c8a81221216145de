/* The disk store: objects appear whole or not at all, and what fails says which object and why. */
#include "scratch.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(struct scratch *scratch, const char *key, const char *bytes)
{
    struct error error;
    ASSERT_OK(store_put(scratch->store, str_of(key), str_of(bytes), &error), error);
}

/* All keys below a prefix, one after the other with a blank behind each. */
static const char *keys(struct scratch *scratch, const char *prefix, enum store_list_which which,
                        struct buffer *out)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    buffer_reset(out);
    ASSERT_OK(store_list(scratch->store, prefix, which, &listing, &error), error);
    for (size_t i = 0; i < listing.count; i++)
        buffer_appendf(out, "%.*s ", STR_ARG(listing.objects[i].key));
    return buffer_text(out);
}

/* The same of the folder as an input, whose links are followed. */
static void input_open(const struct scratch *scratch, struct store **out)
{
    struct store_options options = {.threads = 1};
    struct error error;
    options.threads = 2;
    ASSERT_OK(store_open(scratch->path, STORE_USE_INPUT, &options, out, &error), error);
}

static const char *path_of(const struct scratch *scratch, const char *name, struct buffer *out)
{
    buffer_reset(out);
    buffer_appendf(out, "%s/%s", scratch->path, name);
    return buffer_text(out);
}

static void test_keys_of_any_bytes_come_back_in_byte_order(void **state)
{
    static const char *const names[] = {"a-b",        "a/b=c/x y", "a/b=c/%2F+", "a/\xFF\xFE'\"",
                                        "z/\xC3\xA9", "a.json",    "B"};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer out = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(names); i++)
        put(&scratch, names[i], names[i]);
    assert_string_equal(keys(&scratch, "", STORE_LIST_ALL, &out),
                        "B a-b a.json a/b=c/%2F+ a/b=c/x y a/\xFF\xFE'\" z/\xC3\xA9 ");
    for (size_t i = 0; i < COUNT(names); i++) {
        CLEANUP(buffer_release) struct buffer bytes = {0};
        ASSERT_OK(store_get(scratch.store, &(struct store_object){.key = str_of(names[i])}, 0, 1000,
                            &bytes, &error),
                  error);
        assert_str(buffer_str(&bytes), names[i]);
    }
}

static void test_hidden_names_are_listed_only_on_request(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    scratch_open(&scratch);
    put(&scratch, "in/a", "1");
    put(&scratch, "in/_b", "1");
    put(&scratch, "in/.c/d", "1");
    assert_string_equal(keys(&scratch, "in", STORE_LIST_VISIBLE, &out), "in/a ");
    assert_string_equal(keys(&scratch, "in", STORE_LIST_ALL, &out), "in/.c/d in/_b in/a ");
    assert_string_equal(keys(&scratch, "not/there", STORE_LIST_ALL, &out), "");
}

/* Which may be read, but not without noting when. */
static void test_folders_of_others_are_listed(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: only root can make folders of others\n");
        return;
    }
    scratch_open(&scratch);
    scratch_put(&scratch, "a/b/x", STR("x"));
    assert_int_equal(chmod(scratch.path, 0755), 0);
    assert_int_equal(seteuid(65534), 0);
    const char *found = keys(&scratch, "", STORE_LIST_VISIBLE, &text);
    assert_int_equal(seteuid(0), 0);
    assert_string_equal(found, "a/b/x ");
}

static void test_get_takes_ranges_and_stops_at_the_end(void **state)
{
    static const struct {
        uint64_t offset;
        size_t length;
        const char *bytes;
    } cases[] = {{0, 4, "0123"}, {2, 3, "234"}, {8, 100, "89"}, {10, 1, ""}, {99, 1, ""}};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    put(&scratch, "x", "0123456789");
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer bytes = {0};
        buffer_append_str(&bytes, STR("+"));
        ASSERT_OK(store_get(scratch.store, &(struct store_object){.key = STR("x")}, cases[i].offset,
                            cases[i].length, &bytes, &error),
                  error);
        assert_string_equal(buffer_text(&bytes) + 1, cases[i].bytes);
    }
    CLEANUP(buffer_release) struct buffer none = {0};
    assert_int_equal(
        store_get(scratch.store, &(struct store_object){.key = STR("gone")}, 0, 1, &none, &error),
        STATUS_NOT_FOUND);
    assert_non_null(strstr(error.message, "gone"));
}

/* With so many uploads, those that came last are closed between two writes. */
enum { UPLOADS = 300 };

static void begin_uploads(struct scratch *scratch, struct store_upload *uploads[UPLOADS])
{
    struct error error;
    for (int i = 0; i < UPLOADS; i++) {
        char key[32];
        snprintf(key, sizeof key, "t/%d", i);
        ASSERT_OK(store_upload_begin(scratch->store, str_of(key), &uploads[i], &error), error);
        ASSERT_OK(store_upload_write(uploads[i], str_of(key), &error), error);
    }
}

static void test_more_uploads_than_descriptors(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer out = {0}, bytes = {0};
    struct store_upload *uploads[UPLOADS];
    struct rlimit before;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){200, before.rlim_max}), 0);
    begin_uploads(&scratch, uploads);
    for (int i = 0; i < UPLOADS; i++)
        ASSERT_OK(store_upload_write(uploads[i], STR(" second"), &error), error);
    store_upload_abort(uploads[0]);
    store_upload_abort(uploads[UPLOADS - 1]);
    for (int i = 1; i < UPLOADS - 1; i++)
        ASSERT_OK(store_upload_finish(uploads[i], &error), error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (int i = 1; i < UPLOADS - 1; i++) {
        char key[32];
        snprintf(key, sizeof key, "t/%d", i);
        buffer_reset(&bytes);
        ASSERT_OK(store_get(scratch.store, &(struct store_object){.key = str_of(key)}, 0, 100,
                            &bytes, &error),
                  error);
        buffer_reset(&out);
        buffer_appendf(&out, "%s second", key);
        assert_string_equal(buffer_text(&bytes), buffer_text(&out));
    }
    keys(&scratch, "", STORE_LIST_ALL, &out);
    assert_null(strstr(buffer_text(&out), ".tmp"));
    assert_null(strstr(buffer_text(&out), "t/0 "));
}

/* What is opened again is the file that was made, not what a link leads to, nor a FIFO. */
static void test_a_link_in_place_of_an_upload(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer temporary = {0}, other = {0}, bytes = {0};
    struct store_upload *uploads[UPLOADS];
    struct error error;
    (void)state;
    scratch_open(&scratch);
    put(&scratch, "other", "kept");
    begin_uploads(&scratch, uploads);
    path_of(&scratch, "t/.299.tmp", &temporary);
    assert_int_equal(unlink(buffer_text(&temporary)), 0);
    assert_int_equal(symlink(path_of(&scratch, "other", &other), buffer_text(&temporary)), 0);
    assert_int_not_equal(store_upload_write(uploads[UPLOADS - 1], STR("lost"), &error), STATUS_OK);
    assert_non_null(strstr(error.message, "t/299"));
    path_of(&scratch, "t/.298.tmp", &temporary);
    assert_int_equal(unlink(buffer_text(&temporary)), 0);
    assert_int_equal(mkfifo(buffer_text(&temporary), 0600), 0);
    assert_int_not_equal(store_upload_write(uploads[UPLOADS - 2], STR("lost"), &error), STATUS_OK);
    for (int i = 0; i < UPLOADS; i++)
        store_upload_abort(uploads[i]);
    ASSERT_OK(store_get(scratch.store, &(struct store_object){.key = STR("other")}, 0, 100, &bytes,
                        &error),
              error);
    assert_string_equal(buffer_text(&bytes), "kept");
}

static void test_an_upload_appears_when_it_is_finished(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer out = {0}, bytes = {0};
    struct store_upload *kept, *given_up;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    ASSERT_OK(store_upload_begin(scratch.store, STR("t/p=1/x"), &kept, &error), error);
    ASSERT_OK(store_upload_begin(scratch.store, STR("t/p=1/y"), &given_up, &error), error);
    ASSERT_OK(store_upload_write(kept, STR("one "), &error), error);
    ASSERT_OK(store_upload_write(given_up, STR("lost"), &error), error);
    ASSERT_OK(store_upload_write(kept, STR("two"), &error), error);
    assert_string_equal(keys(&scratch, "", STORE_LIST_VISIBLE, &out), "");
    assert_string_equal(keys(&scratch, "", STORE_LIST_ALL, &out), "t/p=1/.x.tmp t/p=1/.y.tmp ");
    ASSERT_OK(store_upload_finish(kept, &error), error);
    store_upload_abort(given_up);
    assert_string_equal(keys(&scratch, "", STORE_LIST_ALL, &out), "t/p=1/x ");
    ASSERT_OK(store_get(scratch.store, &(struct store_object){.key = STR("t/p=1/x")}, 0, 100,
                        &bytes, &error),
              error);
    assert_str(buffer_str(&bytes), "one two");
    ASSERT_OK(store_flush(scratch.store, &error), error);
}

static void test_a_temporary_tells_what_it_was_to_become(void **state)
{
    static const struct {
        const char *key, *target; /* NULL: no temporary */
    } cases[] = {
        {"a/b/.x.tmp", "a/b/x"},
        {".x.parquet.tmp", "x.parquet"},
        {"a/x.tmp", NULL},
        {"a/.x", NULL},
        {".tmp", NULL},
        {"a/.tmp", NULL},
        {".a/x", NULL},
        {"a/.x.0123456789abcdef.tmp", "a/x"},
        {"a/.x.0123456789abcdeg.tmp", "a/x.0123456789abcdeg"},
        {"a/.x.123456789abcdef.tmp", "a/x.123456789abcdef"},
        {"a/..0123456789abcdef.tmp", "a/.0123456789abcdef"},
    };
    CLEANUP(buffer_release) struct buffer scratch = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(store_is_temporary(str_of(cases[i].key)), cases[i].target != NULL);
        if (cases[i].target)
            assert_str(store_temporary_target(str_of(cases[i].key), &scratch), cases[i].target);
    }
}

static void test_delete_takes_the_folders_it_empties(void **state)
{
    static const struct str gone[] = {
        {"t/y=1/a=1/x", 11}, {"t/y=1/a=2/x", 11}, {"t/y=2/x", 7}, {"t/never", 7}};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer out = {0};
    struct error error;
    struct stat info;
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < 3; i++)
        store_put(scratch.store, gone[i], STR("1"), &error) == STATUS_OK ? (void)0 : fail();
    put(&scratch, "t/y=2/kept", "1");
    ASSERT_OK(store_delete(scratch.store, gone, COUNT(gone), &error), error);
    assert_string_equal(keys(&scratch, "", STORE_LIST_ALL, &out), "t/y=2/kept ");
    assert_int_not_equal(stat(path_of(&scratch, "t/y=1", &out), &info), 0);
    assert_int_equal(mkdir(path_of(&scratch, "t/empty", &out), 0777), 0);
    store_prune(scratch.store, "t");
    assert_int_not_equal(stat(path_of(&scratch, "t/empty", &out), &info), 0);
    assert_string_equal(keys(&scratch, "", STORE_LIST_ALL, &out), "t/y=2/kept ");
}

static void test_things_that_are_no_files_are_named(void **state)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        CLEANUP(store_listing_release) struct store_listing listing = {0};
        struct error error;
        scratch_open(&scratch);
        put(&scratch, "in/deep/a", "1");
        path_of(&scratch, "in/deep/odd", &path);
        if (kind == 0)
            assert_int_equal(mkfifo(path.data, 0666), 0);
        else
            assert_int_equal(symlink(kind == 1 ? ".." : "nowhere", path.data), 0);
        struct store *input;
        input_open(&scratch, &input);
        assert_int_not_equal(store_list(input, "in", STORE_LIST_VISIBLE, &listing, &error),
                             STATUS_OK);
        store_free(input);
        assert_non_null(strstr(error.message, "in/deep/odd"));
    }
}

static void test_a_prefix_that_is_a_link_to_nothing_is_named(void **state)
{
    (void)state;
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    CLEANUP(buffer_release) struct buffer path = {0};
    struct error error;
    scratch_open(&scratch);
    put(&scratch, "kept", "1");
    assert_int_equal(symlink("nowhere", path_of(&scratch, "in", &path)), 0);
    struct store *input;
    input_open(&scratch, &input);
    assert_int_equal(store_list(input, "in", STORE_LIST_ALL, &listing, &error), STATUS_NOT_FOUND);
    store_free(input);
    assert_non_null(strstr(error.message, "cannot follow the link"));
}

static void test_links_to_files_and_folders_are_followed(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    scratch_open(&scratch);
    put(&scratch, "elsewhere/a", "1");
    put(&scratch, "in/b", "1");
    assert_int_equal(symlink("../elsewhere", path_of(&scratch, "in/folder", &out)), 0);
    assert_int_equal(symlink("../elsewhere/a", path_of(&scratch, "in/file", &out)), 0);
    store_free(scratch.store);
    input_open(&scratch, &scratch.store);
    assert_string_equal(keys(&scratch, "in", STORE_LIST_VISIBLE, &out),
                        "in/b in/file in/folder/a ");
}

static void test_roots_that_cannot_be_opened(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer path = {0};
    struct store_options options = {.threads = 1};
    struct store *store;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    put(&scratch, "file", "1");
    assert_int_equal(
        store_open(path_of(&scratch, "gone/x", &path), STORE_USE_INPUT, &options, &store, &error),
        STATUS_NOT_FOUND);
    assert_int_equal(
        store_open(path_of(&scratch, "file", &path), STORE_USE_INPUT, &options, &store, &error),
        STATUS_NOT_A_FOLDER);
    assert_int_equal(
        store_open(path_of(&scratch, "file/x", &path), STORE_USE_OUTPUT, &options, &store, &error),
        STATUS_NOT_A_FOLDER);
    assert_int_equal(store_open("ftp://bucket", STORE_USE_INPUT, &options, &store, &error),
                     STATUS_USAGE);
    assert_int_equal(store_open("", STORE_USE_INPUT, &options, &store, &error), STATUS_USAGE);
}

static void test_an_output_is_made_by_its_first_object(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer path = {0};
    struct store_options options = {.threads = 1};
    struct store *store;
    struct stat info;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    path_of(&scratch, "new/lake/", &path);
    ASSERT_OK(store_open(path.data, STORE_USE_OUTPUT, &options, &store, &error), error);
    assert_int_not_equal(stat(path.data, &info), 0);
    ASSERT_OK(store_flush(store, &error), error);
    ASSERT_OK(store_put(store, STR("t/x"), STR("1"), &error), error);
    assert_int_equal(stat(path.data, &info), 0);
    assert_true(str_ends_with(str_of(store_location(store)), STR("/new/lake")));
    store_free(store);
}

static void test_an_object_that_must_not_be_there_yet(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer out = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    ASSERT_OK(store_put_if_absent(scratch.store, STR("a/x"), STR("1"), &error), error);
    assert_int_equal(store_put_if_absent(scratch.store, STR("a/x"), STR("2"), &error),
                     STATUS_EXISTS);
    scratch_get(&scratch, "a/x", &out);
    assert_str(buffer_str(&out), "1");
    assert_string_equal(keys(&scratch, "", STORE_LIST_ALL, &out), "a/x ");
}

struct race {
    struct scratch *scratch;
    _Atomic unsigned won;
};

static void put_one(void *ctx, unsigned worker)
{
    struct race *race = ctx;
    struct error error;
    for (int i = 0; i < 50; i++) {
        CLEANUP(buffer_release) struct buffer key = {0}, bytes = {0};
        buffer_appendf(&key, "x%d", i);
        buffer_appendf(&bytes, "%u", worker);
        enum status status =
            store_put_if_absent(race->scratch->store, buffer_str(&key), buffer_str(&bytes), &error);
        if (status == STATUS_OK)
            race->won++;
        else if (status != STATUS_EXISTS)
            fail_msg("%s", error.message);
    }
}

static void test_when_an_object_is_from(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    char path[512];
    struct stat info;
    (void)state;
    scratch_open(&scratch);
    scratch_put(&scratch, "a/b", STR("x"));
    store_set_time(scratch.store, STR("a/b"), 1541106106796);
    snprintf(path, sizeof path, "%s/a/b", scratch.path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mtim.tv_sec, 1541106106);
    assert_int_equal(info.st_mtim.tv_nsec, 796000000);
    store_set_time(scratch.store, STR("a/nothing"), 1); /* which is no failure */
}

static void test_one_of_several_wins(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    struct race race = {.scratch = &scratch};
    threads_run(8, put_one, &race);
    assert_int_equal(race.won, 50);
}

static void test_a_full_disk_leaves_nothing_behind(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer out = {0}, large = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    path_of(&scratch, "disk", &out);
    assert_int_equal(mkdir(out.data, 0777), 0);
    if (mount("tmpfs", out.data, "tmpfs", 0, "size=64k") != 0) {
        print_message("skipped: a small disk cannot be mounted here\n");
        return;
    }
    memset(buffer_reserve(&large, 1 << 20), 'x', 1 << 20);
    large.len = 1 << 20;
    enum status status = store_put(scratch.store, STR("disk/t/x"), buffer_str(&large), &error);
    const char *left = keys(&scratch, "disk", STORE_LIST_ALL, &large);
    path_of(&scratch, "disk", &out);
    assert_int_equal(umount2(out.data, MNT_DETACH), 0);
    assert_int_equal(status, STATUS_NO_SPACE);
    assert_non_null(strstr(error.message, "disk/t/x"));
    assert_string_equal(left, "");
}

struct many {
    struct store *store;
    atomic_uint failures;
};

static void put_and_get_many(void *ctx, unsigned worker)
{
    struct many *many = ctx;
    for (int i = 0; i < 200; i++) {
        CLEANUP(buffer_release) struct buffer key = {0}, bytes = {0};
        struct error error;
        buffer_appendf(&key, "t/y=%d/a=%u-%d/x", i % 3, worker, i);
        if (store_put(many->store, buffer_str(&key), buffer_str(&key), &error) != STATUS_OK ||
            store_get(many->store, &(struct store_object){.key = buffer_str(&key)}, 0, 100, &bytes,
                      &error) != STATUS_OK ||
            !str_equal(buffer_str(&key), buffer_str(&bytes)))
            atomic_fetch_add(&many->failures, 1);
    }
}

static void test_many_threads_at_once(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    struct many many = {.store = scratch.store};
    threads_run(4, put_and_get_many, &many);
    assert_int_equal(many.failures, 0);
    ASSERT_OK(store_list(scratch.store, "t", STORE_LIST_ALL, &listing, &error), error);
    assert_int_equal(listing.count, 800);
    for (size_t i = 1; i < listing.count; i++)
        assert_true(str_compare(listing.objects[i - 1].key, listing.objects[i].key) < 0);
}

static void put_and_delete_many(void *ctx, unsigned worker)
{
    struct many *many = ctx;
    for (int i = 0; i < 500; i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        struct error error;
        buffer_appendf(&text, "t/y=%d/%u", i % 2, worker);
        struct str key = buffer_str(&text);
        enum status status = i % 3 ? store_put(many->store, key, key, &error)
                                   : store_put_if_absent(many->store, key, key, &error);
        if (status != STATUS_OK || store_delete(many->store, &key, 1, &error) != STATUS_OK)
            atomic_fetch_add(&many->failures, 1);
    }
}

/* A folder that one empties, and so removes, is where another is about to put something. */
static void test_folders_that_come_and_go(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    struct many many = {.store = scratch.store};
    threads_run(4, put_and_delete_many, &many);
    assert_int_equal(many.failures, 0);
}

static void test_an_object_of_somebody_else_is_moved(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    struct store_object from = {.key = STR("staging/x")}, gone = {.key = STR("staging/y")};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    scratch_put(&scratch, "staging/x", STR("bytes"));
    ASSERT_OK(store_move(scratch.store, &from, STR("a/b=1/c"), &error), error);
    scratch_get(&scratch, "a/b=1/c", &text);
    assert_true(str_equal(buffer_str(&text), STR("bytes")));
    assert_int_equal(store_move(scratch.store, &from, STR("a/d"), &error), STATUS_NOT_FOUND);
    assert_non_null(strstr(error.message, "staging/x"));
    assert_int_equal(store_move(scratch.store, &gone, STR("a/d"), &error), STATUS_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_any_bytes_come_back_in_byte_order),
        cmocka_unit_test(test_hidden_names_are_listed_only_on_request),
        cmocka_unit_test(test_folders_of_others_are_listed),
        cmocka_unit_test(test_get_takes_ranges_and_stops_at_the_end),
        cmocka_unit_test(test_more_uploads_than_descriptors),
        cmocka_unit_test(test_a_link_in_place_of_an_upload),
        cmocka_unit_test(test_an_upload_appears_when_it_is_finished),
        cmocka_unit_test(test_a_temporary_tells_what_it_was_to_become),
        cmocka_unit_test(test_delete_takes_the_folders_it_empties),
        cmocka_unit_test(test_things_that_are_no_files_are_named),
        cmocka_unit_test(test_a_prefix_that_is_a_link_to_nothing_is_named),
        cmocka_unit_test(test_links_to_files_and_folders_are_followed),
        cmocka_unit_test(test_roots_that_cannot_be_opened),
        cmocka_unit_test(test_an_output_is_made_by_its_first_object),
        cmocka_unit_test(test_an_object_that_must_not_be_there_yet),
        cmocka_unit_test(test_when_an_object_is_from),
        cmocka_unit_test(test_one_of_several_wins),
        cmocka_unit_test(test_a_full_disk_leaves_nothing_behind),
        cmocka_unit_test(test_many_threads_at_once),
        cmocka_unit_test(test_folders_that_come_and_go),
        cmocka_unit_test(test_an_object_of_somebody_else_is_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
