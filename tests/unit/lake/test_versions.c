/* Which files are there, and which are current, after runs that replace, append, keep old
 * versions, give readers time, go back, and clear up beside others. */
#include "builtin.h"
#include "scratch.h"

#include <lake.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static struct lake *open_with(struct scratch *scratch, unsigned keep_versions, int64_t grace_ms)
{
    struct lake_options options = {.codec = PARQUET_ZSTD,
                                   .version = "0",
                                   .operation = "test",
                                   .keep_versions = keep_versions,
                                   .grace_ms = grace_ms};
    struct lake *lake = NULL;
    struct error error;
    ASSERT_OK(lake_open(scratch->store, &options, &lake, &error), error);
    return lake;
}

static void put(struct lake *lake, int table, const char *folder, const char *bytes)
{
    struct lake_file file = {table, str_of(folder), strlen(bytes), NULL};
    struct error error;
    ASSERT_OK(lake_put(lake, &file, str_of(bytes), &error), error);
}

static void finish(struct lake *lake)
{
    struct error error;
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_free(lake);
}

/* A run whose users hold these bytes; a song stays the same. */
static void run(struct scratch *scratch, const char *users, unsigned keep_versions,
                int64_t grace_ms)
{
    struct lake *lake = open_with(scratch, keep_versions, grace_ms);
    put(lake, table_of("songs"), "year=1/artist_id=A", "song");
    put(lake, table_of("users"), "", users);
    finish(lake);
}

/* The bytes of all files of users that are there, in the order of their names: "one two". */
static void assert_users(struct scratch *scratch, const char *expected)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    CLEANUP(buffer_release) struct buffer all = {0};
    struct error error;
    ASSERT_OK(store_list(scratch->store, "users", STORE_LIST_VISIBLE, &listing, &error), error);
    size_t found = 0;
    for (size_t i = 0; i < listing.count; i++) {
        CLEANUP(buffer_release) struct buffer bytes = {0};
        ASSERT_OK(store_get(scratch->store, &listing.objects[i], 0, 100, &bytes, &error), error);
        assert_non_null(strstr(expected, buffer_text(&bytes)));
        found += bytes.len + 1;
    }
    assert_int_equal(found, strlen(expected) + (expected[0] != '\0'));
}

static uint64_t current_rows(struct scratch *scratch, int table)
{
    CLEANUP(lake_history_release) struct lake_history history = {0};
    struct error error;
    ASSERT_OK(lake_history_read(scratch->store, &history, &error), error);
    return history.entries[0].tables[table].counts.rows;
}

static void test_one_version_is_kept(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    run(&scratch, "one", 0, 0);
    run(&scratch, "three", 0, 0);
    assert_users(&scratch, "three");
}

static void test_versions_are_kept(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    run(&scratch, "one", 3, 0);
    run(&scratch, "two", 0, 0); /* the lake remembers */
    run(&scratch, "three", 0, 0);
    assert_users(&scratch, "one two three");
    run(&scratch, "four", 0, 0);
    assert_users(&scratch, "two three four");
    run(&scratch, "five", 2, 0);
    assert_users(&scratch, "four five");
    run(&scratch, "five", 1, 0);
    assert_users(&scratch, "five");
}

/* What has been read is other input, and the tables are the same. */
static void run_with_state(struct scratch *scratch, const char *users, const char *objects,
                           unsigned keep_versions)
{
    struct lake *lake = open_with(scratch, keep_versions, 0);
    struct error error;
    put(lake, table_of("users"), "", users);
    put(lake, table_of("state/objects"), "", objects);
    ASSERT_OK(lake_commit(lake, &error), error);
    assert_true(lake_is_committed(lake));
    lake_free(lake);
}

static size_t count_objects_files(struct scratch *scratch)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    ASSERT_OK(store_list(scratch->store, builtin_table("state/objects")->folder, STORE_LIST_ALL,
                         &listing, &error),
              error);
    return listing.count;
}

static void test_a_version_that_changes_no_table_pushes_none_out(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    run_with_state(&scratch, "one", "a", 3);
    run_with_state(&scratch, "two", "b", 0);
    run_with_state(&scratch, "three", "c", 0);
    run_with_state(&scratch, "three", "d", 0);
    run_with_state(&scratch, "three", "e", 0);
    assert_users(&scratch, "one two three");
    assert_int_equal(count_objects_files(&scratch), 5); /* each version can come back whole */
    run_with_state(&scratch, "four", "f", 0);
    assert_users(&scratch, "two three four");
    run_with_state(&scratch, "four", "g", 1);
    run_with_state(&scratch, "four", "h", 0);
    assert_users(&scratch, "four");
    assert_int_equal(count_objects_files(&scratch), 1);
}

static void test_grace(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    run(&scratch, "one", 0, 0);
    run(&scratch, "two", 0, 3600000);
    assert_users(&scratch, "one two");
    run(&scratch, "three", 0, 1); /* one still has its hour */
    assert_users(&scratch, "one two three");
    usleep(3000);
    run(&scratch, "four", 0, 0);
    assert_users(&scratch, "one four");
}

static void test_what_is_the_same_stays(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(lake_history_release) struct lake_history history = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    run(&scratch, "one", 0, 0);
    run(&scratch, "two", 0, 0);
    run(&scratch, "two", 0, 0); /* nothing to commit */
    ASSERT_OK(lake_history_read(scratch.store, &history, &error), error);
    assert_int_equal(history.count, 2);
    const struct lake_history_entry *newest = &history.entries[0];
    assert_int_equal(newest->version, 1);
    assert_int_equal(newest->tables[table_of("users")].version, 1);
    assert_int_equal(newest->tables[table_of("users")].added, 1);
    assert_int_equal(newest->tables[table_of("users")].removed, 1);
    assert_int_equal(newest->tables[table_of("songs")].version, 0);
    assert_int_equal(newest->tables[table_of("songs")].added, 0);
    assert_int_equal(newest->tables[table_of("songs")].counts.rows, 4);
}

static void test_append_and_keep(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    run(&scratch, "one", 0, 0);
    struct lake *lake = open_with(&scratch, 0, 0);
    lake_set_mode(lake, table_of("users"), LAKE_APPEND);
    for (int table = 0; table < (int)model_builtin()->all_count; table++)
        if (table != table_of("users"))
            lake_set_mode(lake, table, LAKE_KEEP);
    put(lake, table_of("users"), "", "three");
    finish(lake);
    assert_users(&scratch, "one three");
    assert_int_equal(current_rows(&scratch, table_of("users")), 8);
    assert_int_equal(current_rows(&scratch, table_of("songs")), 4);
}

static void restore(struct scratch *scratch, int64_t version)
{
    struct lake *lake = open_with(scratch, 0, 0);
    struct error error;
    ASSERT_OK(lake_restore(lake, version, &error), error);
    finish(lake);
}

static void test_restore(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    run(&scratch, "one", 4, 0);
    run(&scratch, "three", 0, 0);
    restore(&scratch, 0);
    assert_int_equal(current_rows(&scratch, table_of("users")), 3);
    restore(&scratch, 1);
    assert_int_equal(current_rows(&scratch, table_of("users")), 5);
    restore(&scratch, 2);
    assert_int_equal(current_rows(&scratch, table_of("users")), 3);
    assert_users(&scratch, "one three");
    run(&scratch, "seven77", 1, 0);
    assert_users(&scratch, "seven77");
}

static void test_what_is_not_kept_cannot_be_restored(void **state)
{
    static const int64_t versions[] = {0, 2, 99};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    struct lake *lake = open_with(&scratch, 0, 0);
    assert_int_equal(lake_restore(lake, 0, &error), STATUS_NOT_FOUND);
    lake_free(lake);
    run(&scratch, "one", 0, 0);
    run(&scratch, "two", 0, 0);
    for (size_t i = 0; i < COUNT(versions); i++) {
        lake = open_with(&scratch, 0, 0);
        assert_int_equal(lake_restore(lake, versions[i], &error), STATUS_NOT_FOUND);
        lake_free(lake);
    }
    assert_users(&scratch, "two");
}

static struct lake_cleared vacuum(struct scratch *scratch, int64_t retain_ms)
{
    struct lake *lake = open_with(scratch, 0, 0);
    struct error error;
    ASSERT_OK(lake_vacuum(lake, retain_ms, &error), error);
    ASSERT_OK(lake_commit(lake, &error), error);
    struct lake_cleared cleared = lake_cleared(lake);
    lake_free(lake);
    return cleared;
}

static void test_vacuum(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    run(&scratch, "one", 3, 0);
    run(&scratch, "two", 0, 0);
    run(&scratch, "three", 0, 0);
    assert_int_equal(vacuum(&scratch, -1).files, 0);
    assert_int_equal(vacuum(&scratch, 3600000).files, 0);
    assert_users(&scratch, "one two three");
    struct lake_cleared cleared = vacuum(&scratch, 0);
    assert_int_equal(cleared.files, 2);
    assert_int_equal(cleared.bytes, 6);
    assert_users(&scratch, "three");
    assert_int_equal(current_rows(&scratch, table_of("users")), 5);
}

/* The state's files go, too, and are counted neither as files nor as bytes. */
static void test_what_is_counted(void **state)
{
    static const char *const users[] = {"one", "two"};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(users); i++) {
        struct lake *lake = open_with(&scratch, 2, 0);
        put(lake, table_of("users"), "", users[i]);
        put(lake, table_of("state/users"), "", i ? "state" : "states");
        finish(lake);
    }
    struct lake_cleared cleared = vacuum(&scratch, 0);
    assert_int_equal(cleared.files, 1);
    assert_int_equal(cleared.bytes, 3);
}

/* Puts a marker and a file as the run "20180101T000000Z-00000000" would. */
static void put_other_run(struct scratch *scratch, const char *marker)
{
    scratch_put(scratch, "users/part-00000-20180101T000000Z-00000000.parquet", STR("other"));
    scratch_put(scratch, "_sparkify/runs/20180101T000000Z-00000000.json", str_of(marker));
}

static void test_which_runs_are_running(void **state)
{
    static const struct {
        const char *marker; /* %lld is the time */
        int64_t age_s;
        bool is_alive;
    } cases[] = {
        {"{\"place\":\"elsewhere\",\"began\":\"1\",\"pid\":1,\"time\":%lld}", 60, true},
        {"{\"place\":\"elsewhere\",\"began\":\"1\",\"pid\":1,\"time\":%lld}", -60, true},
        {"{\"place\":\"elsewhere\",\"began\":\"1\",\"pid\":1,\"time\":%lld}", 700, false},
        {"{\"place\":\"elsewhere\",\"began\":\"1\",\"pid\":1,\"time\":%lld}", -550, true},
        {"{\"place\":\"elsewhere\",\"began\":\"1\",\"pid\":1,\"time\":%lld}", -700, false},
        {"{\"place\":\"elsewhere\",\"began\":\"1\",\"time\":%lld}", -31536000, false},
        {"{\"place\":\"elsewhere\",\"time\":9223372036854775807}", 0, false},
        {"{\"place\":\"elsewhere\",\"time\":-9223372036854775808}", 0, false},
        {"{\"place\":\"elsewhere\",\"time\":\"soon\"}", 0, false},
        {"{\"place\":\"\",\"began\":\"\",\"pid\":1,\"time\":%lld}", 60, true},
        {"{}", 0, false},
        {"damaged", 0, false},
        {"", 0, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        struct timespec now;
        char marker[200];
        clock_gettime(CLOCK_REALTIME, &now);
        snprintf(marker, sizeof marker, "%s", cases[i].marker);
        char *number = strstr(marker, "%lld");
        if (number)
            snprintf(number, 32, "%lld}", (long long)(now.tv_sec - cases[i].age_s) * 1000);
        scratch_open(&scratch);
        put_other_run(&scratch, marker);
        run(&scratch, "mine", 0, 0);
        assert_users(&scratch, cases[i].is_alive ? "other mine" : "mine");
    }
}

/* The marker of a lake that is open, and so of a process that is there: this one. */
static void test_a_run_of_this_machine(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    run(&scratch, "one", 0, 0);
    struct lake *slow = open_with(&scratch, 0, 0);
    put(slow, table_of("users"), "", "slow");
    struct lake *vacuuming = open_with(&scratch, 0, 0);
    assert_int_equal(lake_vacuum(vacuuming, -1, &error), STATUS_CONFLICT);
    assert_non_null(strstr(error.message, lake_run_id(slow)));
    lake_free(vacuuming);
    run(&scratch, "two", 0, 0);
    assert_users(&scratch, "slow two");
    assert_int_equal(lake_commit(slow, &error), STATUS_CONFLICT);
    lake_free(slow);
    assert_users(&scratch, "two");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_version_is_kept),
        cmocka_unit_test(test_versions_are_kept),
        cmocka_unit_test(test_a_version_that_changes_no_table_pushes_none_out),
        cmocka_unit_test(test_grace),
        cmocka_unit_test(test_what_is_the_same_stays),
        cmocka_unit_test(test_append_and_keep),
        cmocka_unit_test(test_restore),
        cmocka_unit_test(test_what_is_not_kept_cannot_be_restored),
        cmocka_unit_test(test_vacuum),
        cmocka_unit_test(test_what_is_counted),
        cmocka_unit_test(test_which_runs_are_running),
        cmocka_unit_test(test_a_run_of_this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
