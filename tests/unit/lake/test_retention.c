/* Which versions stay readable after a commit, by number and by age. */
#include "builtin.h"
#include "unit.h"

#include "retention.h"

#define NOW INT64_C(1541073600000)

/* A file of users in the versions since ≤ v < until, removed `age_ms` ago. */
static void add(struct lake *lake, int table, int64_t since, int64_t until, int64_t age_ms)
{
    struct lake_entry entry = {.key = STR("x"),
                               .since = since,
                               .until = until,
                               .added_ms = NOW - age_ms - 1,
                               .removed_ms = until == LAKE_CURRENT ? 0 : NOW - age_ms};
    lake_entries_add(&lake->tables[table].entries, &entry);
}

/* A lake at version 9 in which each version has replaced the file of users. */
static void make(struct lake *lake, int64_t oldest, unsigned keep_versions)
{
    *lake = (struct lake){.model = model_builtin(), .now_ms = NOW, .retain_ms = -1};
    lake->last = (struct lake_decision){
        .number = 9, .oldest = oldest, .time_ms = NOW - 1000, .keep_versions = keep_versions};
    for (int64_t version = oldest; version < 9; version++)
        add(lake, table_of("users"), version, version + 1, (9 - version) * 1000);
    add(lake, table_of("users"), 9, LAKE_CURRENT, 0);
}

static void release(struct lake *lake)
{
    for (int table = 0; table < (int)model_builtin()->all_count; table++)
        lake_entries_release(&lake->tables[table].entries);
}

static void test_by_number(void **state)
{
    static const struct {
        int64_t oldest; /* kept so far */
        unsigned before, asked;
        bool has_changes, changes_table;
        int64_t expected;
    } cases[] = {
        {9, 1, 0, true, true, 10},  /* each commit replaces the one before */
        {9, 1, 0, true, false, 10}, /* of the state alone, too */
        {9, 1, 0, false, false, 9}, /* nothing to commit */
        {7, 3, 0, true, true, 8},   /* three versions: 8, 9, 10 */
        {7, 3, 0, true, false, 7},  /* a version of the state alone pushes none out */
        {7, 3, 5, true, true, 7},   /* more than there are */
        {7, 3, 2, true, true, 9},   /* fewer than before */
        {7, 3, 1, false, false, 9}, /* what a table changed in is the oldest of one */
        {7, 3, 4, true, true, 7},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(release) struct lake lake;
        struct lake_decision next;
        make(&lake, cases[i].oldest, cases[i].before);
        lake.options.keep_versions = cases[i].asked;
        lake_retention_decide(
            &lake, (struct lake_extent){cases[i].has_changes, cases[i].changes_table}, &next);
        assert_int_equal(next.number, 10);
        assert_int_equal(next.keep_versions, cases[i].asked ? cases[i].asked : cases[i].before);
        if (next.oldest != cases[i].expected)
            fail_msg("case %zu: %lld instead of %lld", i, (long long)next.oldest,
                     (long long)cases[i].expected);
    }
}

/* With --retain: version v was replaced 9 - v seconds ago. */
static void test_by_age(void **state)
{
    static const struct {
        int64_t retain_ms, expected;
    } cases[] = {{-1, 5}, {5000, 5}, {4000, 6}, {2500, 7}, {1000, 9}, {0, 9}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(release) struct lake lake;
        struct lake_decision next;
        make(&lake, 5, 9);
        lake.retain_ms = cases[i].retain_ms;
        lake_retention_decide(&lake, (struct lake_extent){0}, &next);
        if (next.oldest != cases[i].expected)
            fail_msg("%lld ms: %lld instead of %lld", (long long)cases[i].retain_ms,
                     (long long)next.oldest, (long long)cases[i].expected);
    }
}

static void test_time_goes_forward(void **state)
{
    static const struct {
        int64_t last_ms, removed_ago_ms, expected;
    } cases[] = {
        {NOW - 1000, 5000, NOW},
        {NOW + 7, 5000, NOW + 8},           /* the clock has gone back */
        {NOW - 1000, -20, NOW + 21},        /* by what a file tells */
        {MODEL_MAX_TS, 5000, MODEL_MAX_TS}, /* there is no later one */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(release) struct lake lake;
        struct lake_decision next;
        make(&lake, 9, 1);
        lake.last.time_ms = cases[i].last_ms;
        add(&lake, table_of("songs"), 3, 9, cases[i].removed_ago_ms);
        lake_retention_decide(&lake, (struct lake_extent){0}, &next);
        assert_int_equal(next.time_ms, cases[i].expected);
    }
}

static void test_which_files_are_kept(void **state)
{
    static const struct {
        int64_t until, keep_until_ms;
        bool expected;
    } cases[] = {
        {8, 0, false}, {7, NOW, false}, {7, NOW + 1, true}, {9, 0, true}, {10, 0, true},
    };
    const struct lake_decision next = {.oldest = 8};
    const struct lake lake = {.model = model_builtin(), .now_ms = NOW};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct lake_entry entry = {.until = cases[i].until,
                                   .keep_until_ms = cases[i].keep_until_ms};
        assert_int_equal(lake_retention_keeps(&lake, &next, &entry), cases[i].expected);
    }
}

static void test_grace(void **state)
{
    struct lake lake = {.model = model_builtin(), .now_ms = NOW, .options.grace_ms = 5};
    (void)state;
    assert_int_equal(lake_retention_until_ms(&lake), NOW + 5);
    lake.options.grace_ms = INT64_MAX;
    assert_int_equal(lake_retention_until_ms(&lake), LAKE_MAX_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_number),
        cmocka_unit_test(test_by_age),
        cmocka_unit_test(test_time_goes_forward),
        cmocka_unit_test(test_which_files_are_kept),
        cmocka_unit_test(test_grace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
