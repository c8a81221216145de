/* What a lake on a disk never touches: what lies behind a link, or is named by a key that leads out
 * of it. And what of the disk store fails is told, and leaves nothing. */
#include "disk.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* A lake beside a folder of somebody else: "<scratch>/lake" and "<scratch>/home/x". */
struct place {
    struct scratch scratch;
    struct store *lake;
};

static const char *path_of(const struct place *place, const char *name, struct buffer *out)
{
    buffer_reset(out);
    buffer_appendf(out, "%s/%s", place->scratch.path, name);
    return buffer_text(out);
}

static void place_open(struct place *place)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    struct store_options options = {.threads = 1};
    struct error error;
    scratch_open(&place->scratch);
    scratch_put(&place->scratch, "home/x", STR("precious"));
    options.threads = 2;
    ASSERT_OK(
        store_open(path_of(place, "lake", &path), STORE_USE_OUTPUT, &options, &place->lake, &error),
        error);
    ASSERT_OK(store_put(place->lake, STR("t/a/kept"), STR("1"), &error), error);
}

static void place_release(struct place *place)
{
    store_free(place->lake);
    scratch_release(&place->scratch);
}

static void make_link(const struct place *place, const char *to, const char *at)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    assert_int_equal(symlink(to, path_of(place, at, &path)), 0);
}

/* All that is there, and what is in it. */
static void assert_untouched(struct place *place)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct error error;
    ASSERT_OK(store_list(place->scratch.store, "home", STORE_LIST_ALL, &listing, &error), error);
    assert_int_equal(listing.count, 1);
    scratch_get(&place->scratch, "home/x", &bytes);
    assert_str(buffer_str(&bytes), "precious");
}

/* ---- What is done with a key ----------------------------------------------------------------- */

typedef enum status act_fn(struct store *store, struct str key, struct error *error);

static enum status act_put(struct store *store, struct str key, struct error *error)
{
    return store_put(store, key, STR("new"), error);
}

static enum status act_put_later(struct store *store, struct str key, struct error *error)
{
    TRY(store_put_later(store, key, STR("new"), "own/run", error));
    return store_flush(store, error);
}

static enum status act_replace(struct store *store, struct str key, struct error *error)
{
    return store_replace(store, key, STR("new"), error);
}

static enum status act_put_if_absent(struct store *store, struct str key, struct error *error)
{
    return store_put_if_absent(store, key, STR("new"), error);
}

static enum status act_upload(struct store *store, struct str key, struct error *error)
{
    struct store_upload *upload;
    TRY(store_upload_begin(store, key, &upload, error));
    TRY(store_upload_write(upload, STR("new"), error));
    return store_upload_finish(upload, error);
}

static enum status act_move_to(struct store *store, struct str key, struct error *error)
{
    return store_move(store, &(struct store_object){.key = STR("t/a/kept")}, key, error);
}

static enum status act_move_from(struct store *store, struct str key, struct error *error)
{
    return store_move(store, &(struct store_object){.key = key}, STR("t/b"), error);
}

static enum status act_get(struct store *store, struct str key, struct error *error)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    return store_get(store, &(struct store_object){.key = key, .size_bytes = 8}, 0, 8, &bytes,
                     error);
}

static enum status act_delete(struct store *store, struct str key, struct error *error)
{
    const struct str keys[] = {STR("t/never"), key};
    return store_delete(store, keys, COUNT(keys), error);
}

static act_fn *const acts[] = {act_put,           act_put_later, act_replace,
                               act_put_if_absent, act_upload,    act_move_to,
                               act_move_from,     act_get,       act_delete};

static void test_keys_that_lead_out_of_the_lake_are_refused(void **state)
{
    static const struct str keys[] = {
        STR("../home/x"), STR("t/../../home/x"), STR("t/.."), STR(".."),        STR("."),
        STR("t/./kept"),  STR("/etc/passwd"),    STR("/"),    STR("t//a/kept"), STR("t/a/"),
        STR(""),          STR("t/a\0/kept"),
    };
    struct error error;
    (void)state;
    for (size_t act = 0; act < COUNT(acts); act++) {
        CLEANUP(place_release) struct place place = {0};
        place_open(&place);
        for (size_t i = 0; i < COUNT(keys); i++) {
            assert_int_equal(acts[act](place.lake, keys[i], &error), STATUS_CORRUPT);
            assert_non_null(strstr(error.message, place.scratch.path));
        }
        store_prune(place.lake, "../home");
        store_prune(place.lake, "");
        assert_untouched(&place);
        assert_int_equal(act_get(place.lake, STR("t/a/kept"), &error), STATUS_OK);
    }
}

static void test_keys_of_dots_are_keys(void **state)
{
    static const struct str keys[] = {STR("..."), STR("a/..b/c..d"), STR(".x"),
                                      STR("a/b/."
                                          "y.tmp")};
    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++)
        assert_true(store_is_key(keys[i]));
}

static void test_nothing_behind_a_link_is_touched(void **state)
{
    static const struct {
        const char *to, *at, *key;
    } cases[] = {
        {"../home", "lake/t2", "t2/x"},
        {"../../home", "lake/t/link", "t/link/x"},
        {"../../home", "lake/t/link", "t/link/deep/er/x"},
        {"../../../home", "lake/t/a/link", "t/a/link/x"},
        {"a", "lake/t/link", "t/link/kept"}, /* also where it leads into the lake */
    };
    struct error error;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t act = 0; act < COUNT(acts); act++) {
            CLEANUP(place_release) struct place place = {0};
            place_open(&place);
            make_link(&place, cases[i].to, cases[i].at);
            assert_int_equal(acts[act](place.lake, str_of(cases[i].key), &error), STATUS_FOREIGN);
            assert_non_null(strstr(error.message, cases[i].at));
            assert_untouched(&place);
            assert_int_equal(act_get(place.lake, STR("t/a/kept"), &error), STATUS_OK);
        }
}

/* The link itself is in the lake: it is read through by nobody, and is all that goes. */
static void test_an_object_that_is_a_link(void **state)
{
    struct error error;
    (void)state;
    for (size_t act = 0; act < COUNT(acts); act++) {
        CLEANUP(place_release) struct place place = {0};
        place_open(&place);
        make_link(&place, "../../home/x", "lake/t/x");
        bool must_fail =
            acts[act] != act_replace && acts[act] != act_delete && acts[act] != act_move_from;
        assert_int_equal(acts[act](place.lake, STR("t/x"), &error) != STATUS_OK, must_fail);
        assert_untouched(&place);
    }
}

static void test_a_lake_with_a_link_is_not_listed(void **state)
{
    static const struct {
        const char *to, *at, *prefix;
    } cases[] = {
        {"../home", "lake/t2", "t2"},
        {"../../home", "lake/t/link", "t"},
        {"../../home", "lake/t/link", "t/link"},
        {"../../home/x", "lake/t/file", "t"},
        {"nowhere", "lake/t/nothing", "t"},
        {".", "lake/t/loop", "t"},
    };
    struct error error;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(place_release) struct place place = {0};
        CLEANUP(store_listing_release) struct store_listing listing = {0};
        place_open(&place);
        make_link(&place, cases[i].to, cases[i].at);
        assert_int_equal(store_list(place.lake, cases[i].prefix, STORE_LIST_ALL, &listing, &error),
                         STATUS_FOREIGN);
        assert_non_null(strstr(error.message, cases[i].at));
    }
}

static void test_empty_folders_behind_a_link_stay(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(buffer_release) struct buffer path = {0};
    struct stat info;
    (void)state;
    place_open(&place);
    assert_int_equal(mkdir(path_of(&place, "home/empty", &path), 0777), 0);
    make_link(&place, "../../home", "lake/t/link");
    make_link(&place, "../home", "lake/t2");
    store_prune(place.lake, "t");
    store_prune(place.lake, "t2");
    store_prune(place.lake, "t/link/empty");
    assert_int_equal(stat(path_of(&place, "home/empty", &path), &info), 0);
}

static void test_the_root_may_be_a_link(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(buffer_release) struct buffer path = {0};
    struct store_options options = {.threads = 1};
    struct store *store;
    struct error error;
    (void)state;
    place_open(&place);
    make_link(&place, "lake", "root");
    ASSERT_OK(
        store_open(path_of(&place, "root", &path), STORE_USE_OUTPUT, &options, &store, &error),
        error);
    ASSERT_OK(act_put(store, STR("t/b/c"), &error), error);
    store_free(store);
    ASSERT_OK(store_open(path_of(&place, "root", &path), STORE_USE_LAKE, &options, &store, &error),
              error);
    ASSERT_OK(act_get(store, STR("t/b/c"), &error), error);
    store_free(store);
}

static void test_a_folder_that_becomes_a_link_is_seen(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(buffer_release) struct buffer path = {0};
    struct error error;
    (void)state;
    place_open(&place);
    ASSERT_OK(act_put(place.lake, STR("t/y/a/1"), &error), error);
    ASSERT_OK(store_delete(place.lake, &STR("t/y/a/1"), 1, &error), error);
    assert_int_not_equal(access(path_of(&place, "lake/t/y", &path), F_OK), 0);
    make_link(&place, "../../home", "lake/t/y");
    assert_int_equal(act_put(place.lake, STR("t/y/a/2"), &error), STATUS_FOREIGN);
    assert_untouched(&place);
}

/* ---- Names that are taken -------------------------------------------------------------------- */

static void test_a_new_object_replaces_nothing(void **state)
{
    static act_fn *const refused[] = {act_put, act_put_later, act_put_if_absent, act_upload,
                                      act_move_to};
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct error error;
    (void)state;
    for (size_t only_replaces = 0; only_replaces < 2; only_replaces++)
        for (size_t act = 0; act < COUNT(refused); act++) {
            CLEANUP(place_release) struct place place = {0};
            place_open(&place);
            disk_of(place.lake)->only_replaces = only_replaces;
            ASSERT_OK(store_put(place.lake, STR("t/b"), STR("old"), &error), error);
            assert_int_equal(refused[act](place.lake, STR("t/b"), &error), STATUS_EXISTS);
            assert_non_null(strstr(error.message, "t/b"));
            buffer_reset(&bytes);
            scratch_get(&place.scratch, "lake/t/b", &bytes);
            assert_str(buffer_str(&bytes), "old");
            assert_int_equal(act_get(place.lake, STR("t/a/kept"), &error), STATUS_OK);
        }
}

static void test_an_object_is_replaced_on_request(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct store_upload *upload;
    struct error error;
    (void)state;
    place_open(&place);
    ASSERT_OK(act_replace(place.lake, STR("t/b"), &error), error);
    ASSERT_OK(store_replace(place.lake, STR("t/b"), STR("second"), &error), error);
    scratch_get(&place.scratch, "lake/t/b", &bytes);
    assert_str(buffer_str(&bytes), "second");
    ASSERT_OK(store_upload_begin(place.lake, STR("t/b"), &upload, &error), error);
    ASSERT_OK(store_upload_write(upload, STR("third"), &error), error);
    ASSERT_OK(store_upload_replace(upload, &error), error);
    buffer_reset(&bytes);
    scratch_get(&place.scratch, "lake/t/b", &bytes);
    assert_str(buffer_str(&bytes), "third");
}

/* An object that was put, and is listed under another key. */
static void test_names_are_looked_at_where_they_are_folded(void **state)
{
    static const struct str keys[] = {STR("t/a/kept"), STR("t/A/new")};
    CLEANUP(place_release) struct place place = {0};
    struct error error;
    (void)state;
    place_open(&place);
    ASSERT_OK(store_probe(place.lake, &error), error);
    assert_false(store_folds_names(place.lake));
    ASSERT_OK(store_check_names(place.lake, "t", keys, COUNT(keys), &error), error);
    disk_of(place.lake)->folds_names = true;
    assert_int_equal(store_check_names(place.lake, "t", keys, COUNT(keys), &error), STATUS_EXISTS);
    assert_non_null(strstr(error.message, "t/A/new"));
    ASSERT_OK(store_check_names(place.lake, "t", keys, 1, &error), error);
}

/* ---- Committing ------------------------------------------------------------------------------ */

static void test_objects_are_put_once_without_links(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    (void)state;
    place_open(&place);
    ASSERT_OK(store_probe(place.lake, &error), error);
    assert_int_equal(disk_of(place.lake)->commit_by, DISK_COMMIT_BY_LINK);
    disk_of(place.lake)->commit_by = DISK_COMMIT_BY_RENAME;
    ASSERT_OK(act_put_if_absent(place.lake, STR("t/b"), &error), error);
    assert_int_equal(act_put_if_absent(place.lake, STR("t/b"), &error), STATUS_EXISTS);
    ASSERT_OK(store_list(place.lake, "", STORE_LIST_ALL, &listing, &error), error);
    assert_int_equal(listing.count, 2); /* no temporary is left */
}

static void test_the_probe_leaves_nothing(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(buffer_release) struct buffer path = {0};
    struct store_options options = {.threads = 1};
    struct store *store;
    struct error error;
    (void)state;
    place_open(&place);
    ASSERT_OK(store_open(path_of(&place, "new", &path), STORE_USE_OUTPUT, &options, &store, &error),
              error);
    ASSERT_OK(store_probe(store, &error), error);
    store_free(store);
    assert_int_not_equal(access(path_of(&place, "new", &path), F_OK), 0);
    ASSERT_OK(store_open(path_of(&place, "new", &path), STORE_USE_OUTPUT, &options, &store, &error),
              error);
    ASSERT_OK(store_probe(store, &error), error);
    ASSERT_OK(act_put(store, STR("_sparkify/x"), &error), error);
    store_free(store);
    assert_int_equal(access(path_of(&place, "new/_sparkify/x", &path), F_OK), 0);
}

/* ---- What fails ------------------------------------------------------------------------------ */

/* No more files may be opened than are open now. */
static void limit_files(struct rlimit *old)
{
    int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, old), 0);
    struct rlimit limit = {(rlim_t)next, old->rlim_max};
    close(next);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void test_too_few_files_may_be_open(void **state)
{
    struct error error;
    (void)state;
    for (size_t act = 0; act < COUNT(acts); act++) {
        CLEANUP(place_release) struct place place = {0};
        CLEANUP(store_listing_release) struct store_listing listing = {0};
        struct rlimit old;
        place_open(&place);
        ASSERT_OK(store_probe(place.lake, &error), error);
        limit_files(&old);
        enum status status = acts[act](place.lake, STR("t/a/kept"), &error);
        struct error list_error;
        enum status listed = store_list(place.lake, "t", STORE_LIST_ALL, &listing, &list_error);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        assert_int_equal(status, STATUS_LIMIT);
        assert_non_null(strstr(error.message, "t/"));
        assert_non_null(strstr(error_hint_text(&error), "ulimit -n"));
        assert_int_equal(listed, STATUS_LIMIT);
        assert_non_null(strstr(error_hint_text(&list_error), "ulimit -n"));
    }
}

/* A file may be no longer than 100 bytes. */
static void test_a_write_that_fails_leaves_nothing(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct rlimit old, limit;
    struct store_upload *upload;
    struct error errors[4];
    enum status statuses[4];
    char bytes[200] = {0};
    struct str large = {bytes, sizeof bytes};
    (void)state;
    place_open(&place);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = (struct rlimit){100, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    statuses[0] = store_put(place.lake, STR("t/1"), large, &errors[0]);
    statuses[1] = store_replace(place.lake, STR("t/2"), large, &errors[1]);
    statuses[2] = store_put_if_absent(place.lake, STR("t/3"), large, &errors[2]);
    ASSERT_OK(store_upload_begin(place.lake, STR("t/4"), &upload, &errors[3]), errors[3]);
    statuses[3] = store_upload_write(upload, large, &errors[3]);
    store_upload_abort(upload);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    for (size_t i = 0; i < COUNT(statuses); i++) {
        char key[] = "t/1";
        key[2] = (char)('1' + i);
        assert_int_equal(statuses[i], STATUS_NO_SPACE);
        assert_non_null(strstr(errors[i].message, key));
    }
    ASSERT_OK(store_list(place.lake, "", STORE_LIST_ALL, &listing, &errors[0]), errors[0]);
    assert_int_equal(listing.count, 1);
}

/* Another program has taken away what an upload was written to. */
static void test_an_upload_whose_file_is_gone(void **state)
{
    struct error error;
    (void)state;
    for (int folder_too = 0; folder_too < 2; folder_too++) {
        CLEANUP(place_release) struct place place = {0};
        CLEANUP(buffer_release) struct buffer path = {0};
        struct store_upload *finished, *aborted;
        place_open(&place);
        ASSERT_OK(store_upload_begin(place.lake, STR("t/u/x"), &finished, &error), error);
        ASSERT_OK(store_upload_begin(place.lake, STR("t/u/y"), &aborted, &error), error);
        assert_int_equal(unlink(path_of(&place, "lake/t/u/.x.tmp", &path)), 0);
        assert_int_equal(unlink(path_of(&place, "lake/t/u/.y.tmp", &path)), 0);
        if (folder_too)
            assert_int_equal(rmdir(path_of(&place, "lake/t/u", &path)), 0);
        assert_int_equal(store_upload_finish(finished, &error), STATUS_NOT_FOUND);
        assert_non_null(strstr(error.message, "t/u/x"));
        store_upload_abort(aborted);
    }
}

static void test_a_folder_that_is_a_file(void **state)
{
    struct error error;
    (void)state;
    for (size_t act = 0; act < COUNT(acts); act++) {
        CLEANUP(place_release) struct place place = {0};
        place_open(&place);
        enum status status = acts[act](place.lake, STR("t/a/kept/x"), &error);
        /* For a delete what cannot be there is gone. */
        assert_int_equal(status, acts[act] == act_delete ? STATUS_OK : STATUS_NOT_A_FOLDER);
        assert_int_equal(act_get(place.lake, STR("t/a/kept"), &error), STATUS_OK);
    }
}

static void test_names_that_are_too_long(void **state)
{
    char name[300];
    struct error error;
    (void)state;
    memset(name, 'n', sizeof name);
    memcpy(name, "t/", 2);
    for (size_t act = 0; act < COUNT(acts); act++) {
        CLEANUP(place_release) struct place place = {0};
        CLEANUP(buffer_release) struct buffer folder = {0};
        place_open(&place);
        assert_int_equal(acts[act](place.lake, (struct str){name, sizeof name}, &error),
                         STATUS_LIMIT);
        buffer_append(&folder, name, sizeof name);
        buffer_append_str(&folder, STR("/x"));
        assert_int_equal(acts[act](place.lake, buffer_str(&folder), &error), STATUS_LIMIT);
    }
}

/* A handle that is none stands for a disk that does not sync. */
static void test_a_flush_that_fails(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    struct error error;
    (void)state;
    place_open(&place);
    struct disk *disk = disk_of(place.lake);
    int root_fd = atomic_exchange(&disk->root_fd, 1 << 20);
    enum status status = store_flush(place.lake, &error);
    atomic_store(&disk->root_fd, root_fd);
    assert_int_not_equal(status, STATUS_OK);
    assert_non_null(strstr(error.message, "flush what was written"));
    ASSERT_OK(store_flush(place.lake, &error), error);
}

/* ---- Links in an input ----------------------------------------------------------------------- */

static enum status list_input(const struct place *place, const atomic_bool *cancel,
                              struct store_listing *out, struct error *error)
{
    struct store_options options = {.threads = 1};
    struct store *store;
    options.threads = 2;
    options.cancel = cancel;
    ASSERT_OK(store_open(place->scratch.path, STORE_USE_INPUT, &options, &store, error), *error);
    enum status status = store_list(store, "in", STORE_LIST_VISIBLE, out, error);
    store_free(store);
    return status;
}

/* Folders that each hold two links to the next: 2^30 ways to the last. */
static void test_a_fan_of_links_is_refused(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    (void)state;
    place_open(&place);
    for (int i = 0; i < 30; i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        buffer_appendf(&text, "in/f%d/x", i);
        scratch_put(&place.scratch, buffer_text(&text), STR("1"));
        for (const char *name = "ab"; *name && i; name++) {
            char to[16], at[32];
            snprintf(to, sizeof to, "../f%d", i);
            snprintf(at, sizeof at, "in/f%d/%c", i - 1, *name);
            make_link(&place, to, at);
        }
    }
    assert_int_equal(list_input(&place, NULL, &listing, &error), STATUS_LIMIT);
    assert_non_null(strstr(error.message, "in more than 64 ways"));
}

static void test_a_folder_may_be_reached_in_some_ways(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    (void)state;
    place_open(&place);
    scratch_put(&place.scratch, "in/0", STR("1"));
    for (int i = 0; i < 64; i++) {
        char at[32];
        snprintf(at, sizeof at, "in/link%d", i);
        make_link(&place, "../home", at);
    }
    ASSERT_OK(list_input(&place, NULL, &listing, &error), error);
    assert_int_equal(listing.count, 65);
}

static void test_a_listing_hears_that_it_is_to_stop(void **state)
{
    CLEANUP(place_release) struct place place = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    const atomic_bool cancel = true;
    struct error error;
    (void)state;
    place_open(&place);
    scratch_put(&place.scratch, "in/x", STR("1"));
    assert_int_equal(list_input(&place, &cancel, &listing, &error), STATUS_INTERRUPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_that_lead_out_of_the_lake_are_refused),
        cmocka_unit_test(test_keys_of_dots_are_keys),
        cmocka_unit_test(test_nothing_behind_a_link_is_touched),
        cmocka_unit_test(test_an_object_that_is_a_link),
        cmocka_unit_test(test_a_lake_with_a_link_is_not_listed),
        cmocka_unit_test(test_empty_folders_behind_a_link_stay),
        cmocka_unit_test(test_the_root_may_be_a_link),
        cmocka_unit_test(test_a_folder_that_becomes_a_link_is_seen),
        cmocka_unit_test(test_a_new_object_replaces_nothing),
        cmocka_unit_test(test_an_object_is_replaced_on_request),
        cmocka_unit_test(test_names_are_looked_at_where_they_are_folded),
        cmocka_unit_test(test_objects_are_put_once_without_links),
        cmocka_unit_test(test_the_probe_leaves_nothing),
        cmocka_unit_test(test_too_few_files_may_be_open),
        cmocka_unit_test(test_a_write_that_fails_leaves_nothing),
        cmocka_unit_test(test_an_upload_whose_file_is_gone),
        cmocka_unit_test(test_a_folder_that_is_a_file),
        cmocka_unit_test(test_names_that_are_too_long),
        cmocka_unit_test(test_a_flush_that_fails),
        cmocka_unit_test(test_a_fan_of_links_is_refused),
        cmocka_unit_test(test_a_folder_may_be_reached_in_some_ways),
        cmocka_unit_test(test_a_listing_hears_that_it_is_to_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
