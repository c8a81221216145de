/* Counts of batches, and the check that the counts add up. */
#include "builtin.h"
#include "unit.h"

#include "count_report.h"

#include <stdio.h>

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
    source_report_add_batch(&source, &batch);
    source_report_add_batch(&source, &batch);
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
    struct fact_layout layout;
    struct dimensions dimensions;
    struct fact_table facts;
};

static void counts_init(struct counts *counts)
{
    *counts = (struct counts){0};
    fact_layout_init(&counts->layout, model_builtin());
    counts->facts.layout = &counts->layout;
    counts->dimensions.model = model_builtin();
    counts->report.sources[source_of("songs")] =
        (struct source_report){.records = 10, .rejected = 1};
    counts->report.sources[source_of("logs")] =
        (struct source_report){.records = 100, .left_out = 40, .rejected = 10};
    counts->report.plays = 50;
    counts->report.identical = 5;
    counts->dimensions.sources[source_of("songs")].rows.count = 9;
    counts->dimensions.winners[0].count = 8;
    counts->dimensions.winners[1].count = 7;
    counts->facts.winners[0].rows.count = 6;
    counts->facts.rows = 45;
    counts->report.tables[table_of("songs")].rows = 8;
    counts->report.tables[table_of("artists")].rows = 7;
    counts->report.tables[table_of("users")].rows = 6;
    counts->report.tables[table_of("time")].rows = 0;
    counts->report.tables[table_of("songplays")].rows = 45;
}

static void test_counts_that_do_not_add_up(void **state)
{
    static struct counts counts;
    uint64_t *const changed[] = {
        NULL,
        &counts.report.sources[source_of("songs")].records,
        &counts.report.sources[source_of("songs")].rejected,
        &counts.report.tables[table_of("songs")].rows,
        &counts.report.tables[table_of("artists")].rows,
        &counts.report.tables[table_of("users")].rows,
        &counts.report.tables[table_of("time")].rows,
        &counts.report.tables[table_of("songplays")].rows,
        &counts.facts.rows,
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
            native_report_check_counts(&counts.report, &counts.dimensions, &counts.facts, &error);
        if (status != (changed[i] ? STATUS_INTERNAL : STATUS_OK))
            fail_msg("change %zu: %s", i, error.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_batch_is_added),
        cmocka_unit_test(test_counts_that_do_not_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
