/* The memory of open row groups and files is bounded: a period may have several files then. */
#include "builtin.h"
#include "native_case.h"
#include "scratch.h"

#include "fact_table.h"

#include <stdio.h>

#define BATCHES 6
#define MONTHS  3

struct filling {
    struct fact_table *table;
    struct facts_batch batch;
    int batches;
};

static enum status no_work(void *ctx, struct flow *flow, unsigned worker, size_t task, size_t slot,
                           struct error *error)
{
    (void)ctx, (void)flow, (void)worker, (void)task, (void)slot, (void)error;
    return STATUS_OK;
}

/* A batch has two plays of each month. */
static enum status add_batch(void *ctx, struct flow *flow, unsigned worker, size_t slot,
                             struct error *error)
{
    struct filling *filling = ctx;
    (void)slot;
    facts_batch_reset(&filling->batch);
    for (int i = 0; i < 2 * MONTHS; i++) {
        char play[160];
        snprintf(play, sizeof play,
                 "{\"ts\":%lld,\"page\":\"NextSong\",\"userId\":1,\"sessionId\":%d,"
                 "\"itemInSession\":1}",
                 1541000000000 + i / 2 * 31LL * 86400000, filling->batches * 100 + i);
        keep_json(source_of("logs"), play, facts_batch_keep, &filling->batch);
    }
    filling->batches++;
    TRY(fact_table_find_identical(filling->table, &filling->batch, error));
    return fact_table_append(filling->table, &filling->batch, flow, worker, error);
}

/* Returns the files of the facts. Each row group is encoded at once; `limit` is that of files, or
 * 0.
 */
static uint64_t files_with(size_t limit)
{
    static struct lookup lookup;
    CLEANUP(scratch_release) struct scratch out = {0};
    struct lake_options options = {.version = "0", .operation = "etl"};
    struct lake *lake;
    struct output output;
    struct fact_layout layout;
    struct fact_table table;
    struct filling filling = {.table = &table};
    atomic_bool cancel = false;
    struct error error;
    scratch_open(&out);
    ASSERT_OK(lake_open(out.store, &options, &lake, &error), error);
    output_init(&output, lake, "0", PARQUET_ZSTD, 2);
    fact_layout_init(&layout, model_builtin());
    fact_table_init(&table, &layout, &output, &lookup);
    facts_batch_init(&filling.batch, &layout, &lookup, NULL);
    table.open_limit = 1;
    if (limit)
        table.file_limit = limit;
    struct flow_options flow = {.threads = 2,
                                .tasks = BATCHES,
                                .slots = 2,
                                .ctx = &filling,
                                .work = no_work,
                                .assemble = {add_batch},
                                .cancel = &cancel};
    ASSERT_OK(flow_run(&flow, &error), error);
    assert_int_equal(table.period_count, MONTHS);
    for (size_t i = 0; i < table.period_count; i++)
        ASSERT_OK(fact_table_close_period(&table, i, 0, &error), error);
    struct lake_counts counts = lake_table_counts(lake, table_of("songplays"));
    assert_int_equal(counts.rows, 2 * MONTHS * BATCHES);
    facts_batch_release(&filling.batch);
    fact_table_release(&table);
    output_release(&output);
    lake_abort(lake);
    lake_free(lake);
    return counts.files;
}

static void test_files_of_periods(void **state)
{
    (void)state;
    assert_int_equal(files_with(0), MONTHS);
    assert_int_equal(files_with(1), MONTHS * BATCHES);
    uint64_t some = files_with(24 << 10); /* what some row groups take */
    assert_true(some > MONTHS && some < MONTHS * BATCHES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_files_of_periods)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
