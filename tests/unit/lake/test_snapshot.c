/* A version's files by its plan alone: the newest, one that is kept, one that is not. */
#include "builtin.h"
#include "scratch.h"

#include <lake.h>

#include <stdlib.h>

static void run(struct scratch *scratch, const char *users, const char *songs,
                unsigned keep_versions)
{
    struct lake_options options = {
        .codec = PARQUET_ZSTD, .version = "0", .operation = "test", .keep_versions = keep_versions};
    struct lake_file user_file = {table_of("users"), STR(""), strlen(users), NULL};
    struct lake_file song_file = {table_of("songs"), STR("year=1/artist_id=A"), 1, NULL};
    struct lake *lake = NULL;
    struct error error;
    ASSERT_OK(lake_open(scratch->store, &options, &lake, &error), error);
    ASSERT_OK(lake_put(lake, &user_file, str_of(users), &error), error);
    ASSERT_OK(lake_put(lake, &song_file, str_of(songs), &error), error);
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_free(lake);
}

static void assert_file(struct scratch *scratch, const struct lake_snapshot *snapshot, int table,
                        const char *expected)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct error error;
    const struct lake_snapshot_table *files = &snapshot->tables[table];
    assert_int_equal(files->count, 1);
    assert_int_equal(files->bytes, strlen(expected));
    struct store_object object = {.key = files->files[0].key, .size_bytes = files->files[0].bytes};
    ASSERT_OK(store_get(scratch->store, &object, 0, 100, &bytes, &error), error);
    assert_string_equal(buffer_text(&bytes), expected);
}

static void test_versions(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    run(&scratch, "one", "song", 2);
    run(&scratch, "three", "song", 2);
    run(&scratch, "seven", "song", 2);
    static const struct {
        int64_t asked, version;
        const char *users;
    } cases[] = {{-1, 2, "seven"}, {2, 2, "seven"}, {1, 1, "three"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(lake_snapshot_release) struct lake_snapshot snapshot = {0};
        struct error error;
        ASSERT_OK(lake_snapshot_read(scratch.store, cases[i].asked, &snapshot, &error), error);
        assert_int_equal(snapshot.version, cases[i].version);
        assert_int_equal(snapshot.oldest, 1);
        assert_int_equal(snapshot.newest, 2);
        assert_true(snapshot.time_ms > 0);
        assert_int_equal(snapshot.tables[table_of("users")].rows, strlen(cases[i].users));
        assert_file(&scratch, &snapshot, table_of("users"), cases[i].users);
        assert_file(&scratch, &snapshot, table_of("songs"), "song");
        assert_int_equal(snapshot.tables[table_of("time")].count, 0);
    }
    for (int64_t version = 0; version <= 3; version += 3) { /* no longer, and not yet */
        struct lake_snapshot snapshot = {0};
        struct error error;
        assert_int_equal(lake_snapshot_read(scratch.store, version, &snapshot, &error),
                         STATUS_NOT_FOUND);
        assert_non_null(strstr(error.message, "is not kept: 1 to 2 are"));
    }
}

static void test_no_lake(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct lake_snapshot snapshot = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    assert_int_equal(lake_snapshot_read(scratch.store, -1, &snapshot, &error), STATUS_NOT_FOUND);
}

static void test_another_program_has_committed(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct lake_snapshot snapshot = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    run(&scratch, "one", "song", 1);
    ASSERT_OK(store_put(scratch.store, STR("users/_delta_log/00000000000000000001.json"),
                        STR("{}\n"), &error),
              error);
    assert_int_equal(lake_snapshot_read(scratch.store, -1, &snapshot, &error), STATUS_FOREIGN);
    assert_non_null(strstr(error.hint, "delta_scan"));
}

#define FIRST "0001-01-01T00:00:00.000Z"
#define LAST  "9999-12-31T23:59:59.999Z"

static void test_bounds(void **state)
{
    static const char stats[] =
        "{\"minValues\":{\"a\":\"" FIRST "\",\"n\":1.5,\"c\":\"" FIRST "\"},"
        "\"maxValues\":{\"a\":\"" LAST "\",\"c\":\"10000-01-01T00:00:00.000Z\",\"d\":"
        "\"2024-01-01\",\"e\":\"+999-01-01T00:00:00.000Z\"}}";
    struct lake_snapshot_file file = {.stats = str_of(stats)};
    static const struct {
        bool is_greatest;
        const char *column, *expected;
    } cases[] = {
        {false, "a", FIRST}, {true, "a", LAST}, {false, "n", NULL},
        {true, "n", NULL},   {true, "b", NULL}, {true, "c", NULL},
        {false, "c", FIRST}, {true, "d", NULL}, {true, "e", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        bool found = lake_snapshot_bound(&file, cases[i].is_greatest, cases[i].column, &text);
        assert_int_equal(found, cases[i].expected != NULL);
        if (found)
            assert_string_equal(buffer_text(&text), cases[i].expected);
    }
    file.stats = STR_NULL;
    assert_false(lake_snapshot_bound(&file, true, "a", &(struct buffer){0}));
}

static void test_columns(void **state)
{
    static const char stats[] = "{\"numRecords\":2,\"nullCount\":{\"a\":0,\"b\":2}}";
    struct lake_snapshot_file file = {.stats = str_of(stats)};
    (void)state;
    assert_true(lake_snapshot_has_column(&file, "a"));
    assert_true(lake_snapshot_has_column(&file, "b"));
    assert_false(lake_snapshot_has_column(&file, "c"));
    file.stats = STR("{\"numRecords\":2}");
    assert_false(lake_snapshot_has_column(&file, "a"));
    file.stats = STR_NULL;
    assert_false(lake_snapshot_has_column(&file, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_no_lake),
        cmocka_unit_test(test_another_program_has_committed),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
