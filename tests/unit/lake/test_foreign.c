/* Commits of other programs, by which number and at which moment they may come. */
#include "builtin.h"
#include "scratch.h"

#include <lake.h>

#include <unistd.h>

#define OTHERS STR("{\"commitInfo\":{\"operation\":\"WRITE\"}}\n")

static enum status open_lake(struct scratch *scratch, struct lake **out, struct error *error)
{
    struct lake_options options = {.codec = PARQUET_ZSTD, .version = "0", .operation = "test"};
    return lake_open(scratch->store, &options, out, error);
}

static struct lake *open_with_users(struct scratch *scratch, const char *bytes)
{
    struct lake_file file = {table_of("users"), STR(""), 1, NULL};
    struct lake *lake = NULL;
    struct error error;
    ASSERT_OK(open_lake(scratch, &lake, &error), error);
    ASSERT_OK(lake_put(lake, &file, str_of(bytes), &error), error);
    return lake;
}

/* Two versions of users: 0 and 1. */
static void open_filled(struct scratch *scratch)
{
    static const char *const users[] = {"one", "two"};
    struct error error;
    scratch_open(scratch);
    for (size_t i = 0; i < COUNT(users); i++) {
        struct lake *lake = open_with_users(scratch, users[i]);
        ASSERT_OK(lake_commit(lake, &error), error);
        lake_free(lake);
    }
}

static void remove_log(struct scratch *scratch, const char *key)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", scratch->path, key);
    assert_int_equal(unlink(path), 0);
}

#define LOG(version) "users/_delta_log/0000000000000000000" version ".json"

/* What a run finds that begins after the logs were changed, and that it has changed nothing. */
static void test_at_the_start(void **state)
{
    static const struct {
        const char *removed, *put;
        enum status expected;
        const char *message;
    } cases[] = {
        {NULL, NULL, STATUS_OK, ""},
        {NULL, LOG("2"), STATUS_FOREIGN, "version 2 of the table users"},
        {NULL, LOG("9"), STATUS_FOREIGN, "version 9 of the table users"},
        {LOG("1"), LOG("1"), STATUS_FOREIGN, "version 1 of the table users"},
        {LOG("1"), NULL, STATUS_OK, ""}, /* as if its run had crashed: it is put again */
        {LOG("0"), NULL, STATUS_OK, ""}, /* others clear old versions away */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        CLEANUP(buffer_release) struct buffer before = {0}, after = {0};
        struct lake *lake = NULL;
        struct error error = {0};
        open_filled(&scratch);
        if (cases[i].removed)
            remove_log(&scratch, cases[i].removed);
        if (cases[i].put)
            scratch_put(&scratch, cases[i].put, OTHERS);
        scratch_keys(&scratch, &before);
        assert_int_equal(open_lake(&scratch, &lake, &error), cases[i].expected);
        if (cases[i].expected != STATUS_OK)
            assert_non_null(strstr(error.message, cases[i].message));
        lake_free(lake);
        scratch_keys(&scratch, &after);
        assert_string_equal(buffer_text(&before), buffer_text(&after));
    }
}

static void test_a_log_that_was_lost_is_put_again(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer before = {0}, after = {0};
    struct lake *lake = NULL;
    struct error error;
    (void)state;
    open_filled(&scratch);
    scratch_get(&scratch, LOG("1"), &before);
    remove_log(&scratch, LOG("1"));
    ASSERT_OK(open_lake(&scratch, &lake, &error), error);
    lake_free(lake);
    scratch_get(&scratch, LOG("1"), &after);
    assert_string_equal(buffer_text(&before), buffer_text(&after));
}

static void test_both_logs_lost_is_damage(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct lake *lake = NULL;
    struct error error;
    (void)state;
    open_filled(&scratch);
    remove_log(&scratch, LOG("0"));
    remove_log(&scratch, LOG("1"));
    assert_int_equal(open_lake(&scratch, &lake, &error), STATUS_CORRUPT);
    assert_non_null(strstr(error.message, "the table users"));
    lake_free(lake);
}

/* The other has committed after the run had opened the lake: its file stays, the run's is deleted.
 */
static void test_while_a_run_is_running(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer before = {0}, after = {0};
    struct error error;
    (void)state;
    open_filled(&scratch);
    scratch_keys(&scratch, &before);
    struct lake *lake = open_with_users(&scratch, "three");
    scratch_put(&scratch, LOG("2"), OTHERS);
    assert_int_equal(lake_commit(lake, &error), STATUS_FOREIGN);
    assert_non_null(strstr(error.message, "version 2 of the table users"));
    lake_free(lake);
    scratch_keys(&scratch, &after);
    assert_string_equal(buffer_text(&before), buffer_text(&after));
}

static void test_the_history(void **state)
{
    static const struct {
        const char *removed, *put;
        enum status expected;
    } cases[] = {
        {NULL, NULL, STATUS_OK},
        {NULL, LOG("2"), STATUS_FOREIGN},
        {LOG("1"), NULL, STATUS_OK}, /* the next run puts it */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        CLEANUP(lake_history_release) struct lake_history history = {0};
        struct error error;
        open_filled(&scratch);
        if (cases[i].removed)
            remove_log(&scratch, cases[i].removed);
        if (cases[i].put)
            scratch_put(&scratch, cases[i].put, OTHERS);
        ASSERT_OK(lake_history_read(scratch.store, &history, &error), error);
        assert_int_equal(lake_history_check(scratch.store, &history, &error), cases[i].expected);
    }
}

/* A run commits after the decisions were read: its logs are ours. */
static void test_the_history_beside_a_run(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(lake_history_release) struct lake_history history = {0};
    struct error error;
    (void)state;
    open_filled(&scratch);
    ASSERT_OK(lake_history_read(scratch.store, &history, &error), error);
    struct lake *lake = open_with_users(&scratch, "three");
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_free(lake);
    ASSERT_OK(lake_history_check(scratch.store, &history, &error), error);
    assert_int_equal(history.count, 3);
    assert_int_equal(history.entries[0].version, 2);
    scratch_put(&scratch, LOG("3"), OTHERS);
    assert_int_equal(lake_history_check(scratch.store, &history, &error), STATUS_FOREIGN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_the_start),
        cmocka_unit_test(test_a_log_that_was_lost_is_put_again),
        cmocka_unit_test(test_both_logs_lost_is_damage),
        cmocka_unit_test(test_while_a_run_is_running),
        cmocka_unit_test(test_the_history),
        cmocka_unit_test(test_the_history_beside_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
