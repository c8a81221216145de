/* The limit of rejects, and the check that the counts add up. */
#include "unit.h"

#include "report.h"

#include <stdio.h>

static struct reject_limit number(uint64_t count)
{
    return (struct reject_limit){.count = count};
}

static struct reject_limit percent(double share)
{
    return (struct reject_limit){.is_percent = true, .percent = share};
}

static void test_reject_limits(void **state)
{
    const struct {
        struct reject_limit limit;
        uint64_t rejected, records;
        bool is_over;
        const char *allowed;
    } cases[] = {
        {percent(1), 0, 0, false, NULL},
        {percent(1), 1, 100, false, NULL},
        {percent(1), 2, 100, true, "at most 1 % may be"},
        {percent(1), 1, 99, true, "at most 1 % may be"},
        {percent(1), 80, 8056, false, NULL},
        {percent(1), 81, 8056, true, "81 of 8056 songs records were rejected; at most 1 % may be"},
        {percent(29), 29, 100, false, NULL}, /* 0.29 * 100 is less than 29 */
        {percent(57), 57, 100, false, NULL},
        {percent(0), 1, 1000000, true, "at most 0 % may be"},
        {percent(0.5), 1, 200, false, NULL},
        {percent(0.5), 1, 199, true, "at most 0.5 % may be"},
        {percent(100), 10, 10, false, NULL},
        {number(0), 0, 10, false, NULL},
        {number(0), 1, 10, true, "1 of 10 songs records were rejected; at most 0 may be"},
        {number(3), 3, 3, false, NULL},
        {number(3), 4, 1000, true, "at most 3 may be"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run_report report = {0};
        struct error error = {0};
        report.sources[SOURCE_SONGS].records = cases[i].records;
        report.sources[SOURCE_SONGS].rejected = cases[i].rejected;
        snprintf(report.rejects_path, sizeof report.rejects_path, "lake/_rejects");
        enum status status = report_check_rejects(&report, &cases[i].limit, &error);
        if (status != (cases[i].is_over ? STATUS_TOO_MANY_REJECTS : STATUS_OK))
            fail_msg("%d of %d: %s", (int)cases[i].rejected, (int)cases[i].records, error.message);
        if (!cases[i].is_over)
            continue;
        assert_non_null(strstr(error.message, cases[i].allowed));
        assert_non_null(strstr(error_hint_text(&error), "lake/_rejects"));
    }
}

static void test_the_limit_holds_for_each_source(void **state)
{
    struct run_report report = {0};
    struct reject_limit limit = number(5);
    struct error error = {0};
    (void)state;
    report.sources[SOURCE_SONGS].rejected = 5;
    report.sources[SOURCE_LOGS].rejected = 5;
    assert_int_equal(report_check_rejects(&report, &limit, &error), STATUS_OK);
    report.sources[SOURCE_LOGS].rejected = 6;
    assert_int_equal(report_check_rejects(&report, &limit, &error), STATUS_TOO_MANY_REJECTS);
    assert_non_null(strstr(error.message, "logs records"));
}

static void test_a_batch_is_added(void **state)
{
    struct source_report source = {.records = 1};
    CLEANUP(batch_release)
    struct batch batch = {.records = 10, .kept = 5, .left_out = 3, .bytes = 100, .files = 2};
    struct model_fault fault = {REJECT_NOT_UTF8, ""};
    (void)state;
    batch_reject(&batch, &fault, 0, 1, 0, STR("x"));
    fault.code = REJECT_TOO_DEEP;
    batch_reject(&batch, &fault, 0, 2, 0, STR("x"));
    report_add_batch(&source, &batch);
    report_add_batch(&source, &batch);
    assert_int_equal(source.records, 21);
    assert_int_equal(source.left_out, 6);
    assert_int_equal(source.rejected, 4);
    assert_int_equal(source.rejected_by_code[REJECT_NOT_UTF8], 2);
    assert_int_equal(source.rejected_by_code[REJECT_TOO_DEEP], 2);
    assert_int_equal(source.rejected_by_code[REJECT_NOT_JSON], 0);
    assert_int_equal(source.bytes, 200);
    assert_int_equal(source.files, 4);
}

/* A run whose counts add up, of which each test changes one. */
struct counts {
    struct run_report report;
    struct songs songs;
    struct songplays songplays;
};

static void counts_init(struct counts *counts)
{
    *counts = (struct counts){0};
    counts->report.sources[SOURCE_SONGS] = (struct source_report){.records = 10, .rejected = 1};
    counts->report.sources[SOURCE_LOGS] =
        (struct source_report){.records = 100, .left_out = 40, .rejected = 10};
    counts->report.plays = 50;
    counts->report.identical = 5;
    counts->songs.count = 9;
    counts->songs.ids.count = 8;
    counts->songs.artists.count = 7;
    counts->songplays.users.count = 6;
    counts->songplays.rows = 45;
    counts->report.tables[TABLE_SONGS].rows = 8;
    counts->report.tables[TABLE_ARTISTS].rows = 7;
    counts->report.tables[TABLE_USERS].rows = 6;
    counts->report.tables[TABLE_TIME].rows = 0;
    counts->report.tables[TABLE_SONGPLAYS].rows = 45;
}

static void test_counts_that_do_not_add_up(void **state)
{
    static struct counts counts;
    uint64_t *const changed[] = {
        NULL,
        &counts.report.sources[SOURCE_SONGS].records,
        &counts.report.sources[SOURCE_SONGS].rejected,
        &counts.report.tables[TABLE_SONGS].rows,
        &counts.report.tables[TABLE_ARTISTS].rows,
        &counts.report.tables[TABLE_USERS].rows,
        &counts.report.tables[TABLE_TIME].rows,
        &counts.report.tables[TABLE_SONGPLAYS].rows,
        &counts.songplays.rows,
        &counts.report.identical,
        &counts.report.plays,
    };
    (void)state;
    for (size_t i = 0; i < COUNT(changed); i++) {
        struct error error = {0};
        counts_init(&counts);
        if (changed[i])
            ++*changed[i];
        enum status status =
            report_check_counts(&counts.report, &counts.songs, &counts.songplays, &error);
        if (status != (changed[i] ? STATUS_INTERNAL : STATUS_OK))
            fail_msg("change %zu: %s", i, error.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reject_limits),
        cmocka_unit_test(test_the_limit_holds_for_each_source),
        cmocka_unit_test(test_a_batch_is_added),
        cmocka_unit_test(test_counts_that_do_not_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
