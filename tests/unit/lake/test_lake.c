/* How a run replaces the tables of a lake, and what it leaves when it fails, is dry, or crashes. */
#include "builtin.h"
#include "scratch.h"

#include <lake.h>

#define OLD_ID "20181101T120000Z-1f2e3d4c"

static struct lake *open_lake(struct scratch *scratch, bool dry)
{
    struct lake_options options = {
        .codec = PARQUET_ZSTD, .version = "0", .operation = "test", .is_dry = dry};
    struct lake *lake = NULL;
    struct error error;
    ASSERT_OK(lake_open(scratch->store, &options, &lake, &error), error);
    return lake;
}

static void put(struct lake *lake, int table, const char *folder, struct str bytes, uint64_t rows)
{
    struct lake_file file = {table, str_of(folder), rows, NULL};
    struct error error;
    ASSERT_OK(lake_put(lake, &file, bytes, &error), error);
}

static void upload(struct lake *lake, int table, const char *folder, struct str bytes,
                   uint64_t rows)
{
    struct lake_upload *object = NULL;
    struct error error;
    ASSERT_OK(lake_upload_begin(lake, table, str_of(folder), 0, &object, &error), error);
    for (size_t i = 0; i < bytes.len; i++)
        ASSERT_OK(lake_upload_write(object, (struct str){bytes.data + i, 1}, &error), error);
    ASSERT_OK(lake_upload_finish(object, rows, NULL, &error), error);
}

/* One file for each table, with other bytes each time; the run id in the keys is written as ID. */
static void fill(struct lake *lake)
{
    static char plays[] = "Aplays", songs[] = "Asong", rest[] = "A";
    plays[0] = songs[0] = rest[0] = (char)(rest[0] + 1);
    put(lake, table_of("songs"), "year=0/artist_id=A", str_of(songs), 1);
    put(lake, table_of("songs"), "year=1/artist_id=A", str_of(songs), 2);
    put(lake, table_of("artists"), "", str_of(rest), 3);
    put(lake, table_of("users"), "", str_of(rest), 4);
    put(lake, table_of("time"), "year=2018/month=11", str_of(rest), 5);
    upload(lake, table_of("songplays"), "year=2018/month=11", str_of(plays), 6);
}

static const char filled[] = "artists/part-00000-ID.zstd.parquet\n"
                             "songplays/year=2018/month=11/part-00000-ID.zstd.parquet\n"
                             "songs/year=0/artist_id=A/part-00000-ID.zstd.parquet\n"
                             "songs/year=1/artist_id=A/part-00000-ID.zstd.parquet\n"
                             "time/year=2018/month=11/part-00000-ID.zstd.parquet\n"
                             "users/part-00000-ID.zstd.parquet\n";

/* Compares the keys in the store, with `run_id` written as ID. */
static void assert_keys(struct scratch *scratch, const char *run_id, const char *expected)
{
    CLEANUP(buffer_release) struct buffer keys = {0}, shown = {0};
    scratch_keys(scratch, &keys);
    const char *at = buffer_text(&keys), *found;
    while ((found = strstr(at, run_id)) != NULL) {
        buffer_append(&shown, at, (size_t)(found - at));
        buffer_append_str(&shown, STR("ID"));
        at = found + strlen(run_id);
    }
    buffer_append_str(&shown, str_of(at));
    assert_string_equal(buffer_text(&shown), expected);
}

static void test_put_and_commit(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer key = {0}, bytes = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    struct lake *lake = open_lake(&scratch, false);
    assert_int_equal(lake_old_files(lake), 0);
    fill(lake);
    ASSERT_OK(lake_commit(lake, &error), error);
    assert_keys(&scratch, lake_run_id(lake), filled);
    buffer_appendf(&key, "songplays/year=2018/month=11/part-00000-%s.zstd.parquet",
                   lake_run_id(lake));
    scratch_get(&scratch, buffer_text(&key), &bytes);
    assert_true(str_ends_with(buffer_str(&bytes), STR("plays")));
    lake_free(lake);
}

/* Threads make the texts of a commit piece by piece. */
static void test_many_files_are_logged_in_order(void **state)
{
    enum { FILES = 1500 };
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer log = {0};
    const struct lake_options options = {
        .codec = PARQUET_ZSTD, .version = "0", .operation = "test", .threads = 3};
    struct lake *lake = NULL;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    ASSERT_OK(lake_open(scratch.store, &options, &lake, &error), error);
    for (int i = FILES - 1; i >= 0; i--) {
        char folder[64];
        snprintf(folder, sizeof folder, "year=%d/artist_id=A", 1000 + i);
        put(lake, table_of("songs"), folder, STR("A"), 1);
    }
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_free(lake);
    scratch_get(&scratch, "songs/_delta_log/00000000000000000000.json", &log);
    const char *at = buffer_text(&log);
    for (int i = 0; i < FILES; i++) {
        char path[64];
        snprintf(path, sizeof path, "{\"add\":{\"path\":\"year=%d/", 1000 + i);
        at = strstr(at, "\n{\"add\":");
        assert_non_null(at);
        at++;
        assert_true(str_starts_with(str_of(at), str_of(path)));
    }
    assert_null(strstr(at, "\n{\"add\":"));
    lake = open_lake(&scratch, false); /* which reads the plan, and checks it */
    assert_int_equal(lake_old_files(lake), FILES);
    lake_free(lake);
}

static void test_counts(void **state)
{
    static const struct lake_counts counts[] = {
        {2, 10, 3}, {1, 1, 3}, {1, 1, 4}, {1, 1, 5}, {1, 6, 6}};
    (void)state;
    for (int dry = 0; dry < 2; dry++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        scratch_open(&scratch);
        struct lake *lake = open_lake(&scratch, dry);
        fill(lake);
        for (int table = 0; table < (int)COUNT(counts); table++) {
            struct lake_counts got = lake_table_counts(lake, table);
            assert_memory_equal(&got, &counts[table], sizeof got);
        }
        lake_free(lake);
    }
}

static void test_commit_removes_the_old_files(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    struct lake *first = open_lake(&scratch, false);
    fill(first);
    put(first, table_of("songs"), "year=7/artist_id=GONE", STR("x"), 1);
    ASSERT_OK(lake_commit(first, &error), error);
    struct lake *second = open_lake(&scratch, false);
    assert_int_equal(lake_old_files(second), 7);
    fill(second);
    CLEANUP(store_listing_release) struct store_listing both = {0};
    scratch_list(&scratch, &both);
    assert_int_equal(both.count, 7 + 6); /* the old ones stay until the commit */
    ASSERT_OK(lake_commit(second, &error), error);
    assert_keys(&scratch, lake_run_id(second), filled);
    lake_abort(second); /* does nothing once the new files are safe */
    assert_keys(&scratch, lake_run_id(second), filled);
    lake_free(first);
    lake_free(second);
}

static void test_abort_removes_only_the_runs_own_files(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer before = {0}, after = {0};
    struct lake_upload *rejects = NULL;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    struct lake *first = open_lake(&scratch, false);
    fill(first);
    ASSERT_OK(lake_commit(first, &error), error);
    scratch_put(&scratch, "songs/year=0/artist_id=A/part-00000-" OLD_ID ".snappy.parquet",
                STR("old"));
    scratch_keys(&scratch, &before);
    struct lake *second = open_lake(&scratch, false);
    fill(second);
    ASSERT_OK(lake_rejects_begin(second, 0, &rejects, &error), error);
    ASSERT_OK(lake_upload_write(rejects, STR("{}\n"), &error), error);
    ASSERT_OK(lake_upload_finish(rejects, 1, NULL, &error), error);
    lake_abort(second);
    scratch_keys(&scratch, &after);
    const char *rest = strchr(buffer_text(&after), '\n') + 1;
    assert_non_null(strstr(buffer_text(&after), lake_rejects_folder(second))); /* they stay */
    assert_string_equal(rest, buffer_text(&before));
    lake_free(first);
    lake_free(second);
}

static void test_an_aborted_upload_leaves_nothing(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct lake_upload *object = NULL;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    struct lake *lake = open_lake(&scratch, false);
    ASSERT_OK(lake_upload_begin(lake, table_of("users"), STR(""), 0, &object, &error), error);
    ASSERT_OK(lake_upload_write(object, STR("u"), &error), error);
    lake_upload_abort(object);
    lake_upload_abort(NULL);
    assert_keys(&scratch, lake_run_id(lake), "");
    assert_int_equal(lake_table_counts(lake, table_of("users")).files, 0);
    lake_free(lake);
}

static void test_a_dry_lake_writes_nothing(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct lake_upload *rejects = NULL;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    scratch_put(&scratch, "users/part-00000-" OLD_ID ".zstd.parquet", STR("old"));
    struct lake *lake = open_lake(&scratch, true);
    assert_int_equal(lake_old_files(lake), 1);
    fill(lake);
    ASSERT_OK(lake_rejects_begin(lake, 0, &rejects, &error), error);
    ASSERT_OK(lake_upload_write(rejects, STR("{}\n"), &error), error);
    ASSERT_OK(lake_upload_finish(rejects, 1, NULL, &error), error);
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_abort(lake);
    assert_keys(&scratch, OLD_ID, "users/part-00000-ID.zstd.parquet\n");
    lake_free(lake);
}

static void test_without_a_store_all_is_counted(void **state)
{
    struct lake *lake = NULL;
    struct error error;
    (void)state;
    ASSERT_OK(
        lake_open(NULL, &(struct lake_options){.version = "0", .is_dry = true}, &lake, &error),
        error);
    fill(lake);
    assert_int_equal(lake_table_counts(lake, table_of("songplays")).rows, 6);
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_free(lake);
}

/* What a killed run left, finished or not, are old files to the next one. */
static void test_the_next_commit_removes_what_a_killed_run_left(void **state)
{
    static const char *const left[] = {
        "songs/year=3/artist_id=B/part-00000-" OLD_ID ".zstd.parquet",
        "songs/year=3/artist_id=B/.part-00000-" OLD_ID ".zstd.parquet.tmp",
        "songplays/year=2018/month=11/.part-00000-" OLD_ID ".snappy.parquet.tmp",
    };
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(left); i++)
        scratch_put(&scratch, left[i], STR("half"));
    struct lake *lake = open_lake(&scratch, false);
    assert_int_equal(lake_old_files(lake), COUNT(left));
    fill(lake);
    ASSERT_OK(lake_commit(lake, &error), error);
    assert_keys(&scratch, lake_run_id(lake), filled);
    lake_free(lake);
}

static void test_open_refuses_what_is_not_ours(void **state)
{
    static const struct {
        const char *key;
        bool refused;
    } cases[] = {
        {"users/notes.txt", true},
        {"songs/part-00000-5f0e6b6c-7d3c-4c9e-9d43.snappy.parquet", true},
        {"songplays/_SUCCESS", true},
        {"time/year=2018/month=11/part-00000-" OLD_ID ".zstd.parquet.crc", true},
        {"artists/.hidden", false}, /* readers ignore it */
        {"songs/year=1/.DS_Store", false},
        {"users/Thumbs.db", false},
        {"users/thumbs.db.parquet", true},
        {"notes.txt", false}, /* nothing outside the tables is ever touched */
        {"other/users/x.parquet", false},
        {"_rejects/run=1/part-00000.json", false},
        {"usersx/x", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        CLEANUP(buffer_release) struct buffer named = {0};
        struct lake *lake = NULL;
        struct error error = {0};
        scratch_open(&scratch);
        scratch_put(&scratch, cases[i].key, STR("x"));
        enum status status =
            lake_open(scratch.store, &(struct lake_options){.version = "0", .operation = "test"},
                      &lake, &error);
        assert_int_equal(status, cases[i].refused ? STATUS_FOREIGN : STATUS_OK);
        if (cases[i].refused) {
            buffer_appendf(&named, "%s/%s", scratch.path, cases[i].key);
            assert_non_null(strstr(error.message, buffer_text(&named)));
            assert_null(lake);
        } else {
            ASSERT_OK(lake_commit(lake, &error), error);
        }
        lake_free(lake);
        buffer_reset(&named);
        buffer_appendf(&named, "%s\n", cases[i].key);
        assert_keys(&scratch, "no id", buffer_text(&named));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_and_commit),
        cmocka_unit_test(test_many_files_are_logged_in_order),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_commit_removes_the_old_files),
        cmocka_unit_test(test_abort_removes_only_the_runs_own_files),
        cmocka_unit_test(test_an_aborted_upload_leaves_nothing),
        cmocka_unit_test(test_a_dry_lake_writes_nothing),
        cmocka_unit_test(test_without_a_store_all_is_counted),
        cmocka_unit_test(test_the_next_commit_removes_what_a_killed_run_left),
        cmocka_unit_test(test_open_refuses_what_is_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
