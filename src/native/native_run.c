/* The job, from top to bottom: list, dimensions, facts, write, commit.
 *
 *   list        the files of all sources, in the order of their keys
 *   dimensions  fetch and decode all their files; find the record that wins for each key
 *   facts       fetch and decode their files, look each up, put them in order, encode full row
 *               groups as they come
 *   write       what is left: the tables of winners, the calendar, the last row groups
 *   commit      make the new files safe, remove the old ones */
#include <native.h>

#include "batch_rejects.h"
#include "committed_facts.h"
#include "count_report.h"
#include "decode.h"
#include "dimensions.h"
#include "kept_facts.h"
#include "native_state.h"
#include "write_tables.h"

struct run {
    const struct run_options *options;
    const atomic_bool *cancel;
    struct run_progress *progress;
    struct run_report *report;
    struct store *in, *out;
    struct lake *lake;
    struct input inputs[MODEL_MAX_SOURCES];
    struct output output;
    const struct model *model;
    struct fact_layout layout;
    struct dimensions dimensions;
    struct fact_table facts;
    struct rejects rejects;
    uint64_t lines_before;            /* before the next batch, in its file */
    struct input_diff diff;           /* what is to be added, and what is gone */
    struct committed_facts committed; /* the facts in the lake */
};

static void run_release(struct run *run)
{
    rejects_release(&run->rejects);
    fact_table_release(&run->facts);
    dimensions_release(&run->dimensions);
    committed_facts_release(&run->committed);
    input_diff_release(&run->diff);
    output_release(&run->output);
    lake_free(run->lake);
    store_free(run->out);
    store_free(run->in); /* reads that were dropped may still look at the inputs' objects */
    for (int source = 0; source < MODEL_MAX_SOURCES; source++)
        input_release(&run->inputs[source]);
}

/* ---- Opening --------------------------------------------------------------------------------- */

static enum status open_run(struct run *run, struct error *error)
{
    const struct run_options *options = run->options;
    TRY(run_open(options, "etl", run->report, &run->in, &run->out, &run->lake, error));
    run->model = lake_model(run->lake);
    output_init(&run->output, run->lake, options->version, options->codec, options->threads);
    fact_layout_init(&run->layout, run->model);
    dimensions_init(&run->dimensions, run->model);
    fact_table_init(&run->facts, &run->layout, &run->output, run->dimensions.lookups);
    run_begin_rejects(&run->rejects, run->lake, options);
    return STATUS_OK;
}

/* ---- Incremental loads ----------------------------------------------------------------------- */

/* Only new files of facts are to be read. */
static enum status begin_increment(struct run *run, struct error *error)
{
    struct store_listing files = {0};
    int facts = run->model->facts.source;
    run->diff.is_increment = true;
    run_set_modes(run->lake, run->model, "etl --incremental");
    for (int source = 0; source < (int)run->model->source_count; source++) {
        run->inputs[source].task_count = 0;
        run->inputs[source].bytes = 0;
    }
    input_select(&run->inputs[facts], run->diff.sources[facts].is_new);
    lake_list_files(run->lake, run->layout.table_id, &files);
    committed_facts_init(&run->committed, &run->layout, run->out,
                         run->output.schemas[run->layout.table_id], &files);
    run->facts.committed = &run->committed;
    return native_state_read_fact_winners(&run->facts, run->out, error);
}

static void list_files(const struct run *run,
                       const struct store_listing *out[static MODEL_MAX_SOURCES])
{
    for (int source = 0; source < (int)run->model->source_count; source++)
        out[source] = &run->inputs[source].files;
}

static bool keeps(const struct run *run, int source)
{
    return !run->diff.is_increment && run->diff.sources[source].gone_count > 0;
}

/* Winners of earlier runs are to be told from the records of the files that are there, */
static void expect_old_winners(struct run *run)
{
    const struct model *model = run->model;
    for (size_t i = 0; i < model->winner_count; i++)
        if (keeps(run, model->winners[i].source))
            run->dimensions.nulls_last[i] = input_lacked_fields(&run->diff, &model->winners[i]);
    for (size_t i = 0; i < run->layout.rule_count; i++)
        run->layout.rules[i].nulls_last =
            run->dimensions.nulls_last[run->layout.rules[i].rule - model->winners];
}

/* and facts of the lake from those. */
static void expect_old_facts(struct run *run)
{
    for (size_t i = 0; i < run->diff.lacked_count; i++)
        fact_table_expect_old(&run->facts, run->diff.lacked[i]);
    run->facts.lacks_keys = run_lacks_keys(&run->diff);
}

static enum status compare_inputs(struct run *run, struct error *error)
{
    const struct store_listing *files[MODEL_MAX_SOURCES];
    list_files(run, files);
    TRY(input_diff_make(&run->output, run_needs_records(run->options) ? run->out : NULL, files,
                        &run->diff, error));
    TRY(input_diff_settle(&run->diff, run->options, error));
    for (int source = 0; source < (int)run->model->source_count; source++)
        run->report->sources[source].gone = run->diff.sources[source].gone_count;
    const struct store_listing *facts = files[run->model->facts.source];
    if (run->options->incremental &&
        run_can_add(&run->output, run->model, &run->diff, facts->count, run->report))
        TRY(begin_increment(run, error));
    expect_old_winners(run);
    if (!keeps(run, run->model->facts.source))
        return STATUS_OK;
    expect_old_facts(run);
    return native_state_keep_fact_winners(&run->facts, run->out, error);
}

static enum status list_inputs(void *ctx, struct error *error)
{
    struct run *run = ctx;
    for (int source = 0; source < (int)run->model->source_count; source++)
        TRY(input_list(&run->inputs[source], &run->model->sources[source], run->in,
                       run->options->allow_empty, &run->report->sources[source], error));
    TRY(compare_inputs(run, error));
    for (int source = 0; source < (int)run->model->source_count; source++)
        atomic_fetch_add(&run->progress->bytes_total, run->inputs[source].bytes);
    return STATUS_OK;
}

/* ---- Reading a source ------------------------------------------------------------------------ */

/* A source while it is read. */
struct reading {
    struct run *run;
    int source;
    unsigned workers;
    struct fetch *fetch;
    struct decoder *decoders; /* one for each worker */
    size_t slots;
    struct rows_batch *rows;   /* one for each slot: of a dimension's records, */
    struct facts_batch *facts; /* or of facts */
};

static enum status note_batch(struct reading *reading, const struct batch *batch,
                              struct error *error)
{
    struct run *run = reading->run;
    source_report_add_batch(&run->report->sources[reading->source], batch);
    atomic_fetch_add(&run->progress->bytes_done, batch->bytes);
    atomic_fetch_add(&run->progress->records_done, batch->records);
    return batch_rejects_write(&run->rejects, &run->lines_before, &run->inputs[reading->source],
                               batch, error);
}

static bool is_of_facts(const struct reading *reading)
{
    return reading->source == reading->run->model->facts.source;
}

static enum status decode(void *ctx, struct flow *flow, unsigned worker, size_t task, size_t slot,
                          struct error *error)
{
    struct reading *reading = ctx;
    struct batch *batch = /* with which that of the rows, or of the facts, begins */
        is_of_facts(reading) ? &reading->facts[slot].base : &reading->rows[slot].base;
    return decoder_decode_task(&reading->decoders[worker],
                               &reading->run->inputs[reading->source].tasks[task], batch, batch,
                               flow, worker, slot, error);
}

static enum status add_rows(void *ctx, struct flow *flow, unsigned worker, size_t slot,
                            struct error *error)
{
    struct reading *reading = ctx;
    struct rows_batch *batch = &reading->rows[slot];
    (void)flow;
    (void)worker;
    rows_append(&reading->run->dimensions.sources[reading->source].rows, &batch->rows);
    TRY(note_batch(reading, &batch->base, error));
    rows_batch_reset(batch);
    return STATUS_OK;
}

/* Parts of a compressed file say only in the end what they were of. */
static double read_share(const struct reading *reading, const struct batch *batch)
{
    const struct run *run = reading->run;
    uint64_t done = run->report->sources[reading->source].bytes;
    bool is_known = !run->diff.is_increment && batch->bytes > 0;
    return is_known ? (double)done / (double)run->inputs[reading->source].bytes : 0;
}

static enum status find_identical(void *ctx, struct flow *flow, unsigned worker, size_t slot,
                                  struct error *error)
{
    struct reading *reading = ctx;
    struct facts_batch *batch = &reading->facts[slot];
    (void)flow;
    (void)worker;
    TRY(note_batch(reading, &batch->base, error));
    reading->run->facts.fact_set.read_share = read_share(reading, &batch->base);
    return fact_table_find_identical(&reading->run->facts, batch, error);
}

static enum status append_facts(void *ctx, struct flow *flow, unsigned worker, size_t slot,
                                struct error *error)
{
    struct reading *reading = ctx;
    struct facts_batch *batch = &reading->facts[slot];
    TRY(fact_table_append(&reading->run->facts, batch, flow, worker, error));
    facts_batch_reset(batch);
    return STATUS_OK;
}

static void init_batches(struct reading *reading)
{
    struct run *run = reading->run;
    if (is_of_facts(reading))
        reading->facts = mem_zalloc(reading->slots * sizeof *reading->facts);
    else
        reading->rows = mem_zalloc(reading->slots * sizeof *reading->rows);
    for (size_t i = 0; i < reading->slots; i++)
        if (is_of_facts(reading))
            facts_batch_init(&reading->facts[i], &run->layout, run->dimensions.lookups,
                             run->facts.winners);
        else
            rows_batch_init(&reading->rows[i], &run->dimensions.sources[reading->source].layout);
}

static void reading_init(struct reading *reading, struct run *run, int source)
{
    unsigned threads = run->options->threads;
    *reading = (struct reading){.run = run, .source = source, .workers = threads};
    reading->slots = threads + threads / 2 + 2;
    const struct input *input = &run->inputs[source];
    reading->fetch = fetch_new(input, input->tasks, input->task_count);
    reading->decoders = mem_zalloc(threads * sizeof *reading->decoders);
    for (unsigned i = 0; i < threads; i++)
        decoder_init(&reading->decoders[i], run->model, input, reading->fetch,
                     is_of_facts(reading) ? facts_batch_keep : rows_batch_keep,
                     is_of_facts(reading) ? facts_batch_end_piece : NULL);
    init_batches(reading);
}

static void reading_release(struct reading *reading)
{
    for (unsigned i = 0; i < reading->workers; i++)
        decoder_release(&reading->decoders[i]);
    for (size_t i = 0; i < reading->slots; i++)
        if (is_of_facts(reading))
            facts_batch_release(&reading->facts[i]);
        else
            rows_batch_release(&reading->rows[i]);
    fetch_free(reading->fetch);
    mem_free(reading->decoders);
    mem_free(reading->rows);
    mem_free(reading->facts);
}

static enum status read_source(struct run *run, int source, struct error *error)
{
    CLEANUP(reading_release) struct reading reading;
    reading_init(&reading, run, source);
    struct flow_options options = {
        .threads = run->options->threads,
        .tasks = run->inputs[source].task_count,
        .slots = reading.slots,
        .ctx = &reading,
        .work = decode,
        .assemble = {add_rows},
        .cancel = run->cancel,
    };
    if (is_of_facts(&reading)) {
        options.assemble[0] = find_identical;
        options.assemble[1] = append_facts;
    }
    TRY(flow_run(&options, error));
    struct unknown_fields unknown = {0};
    for (unsigned i = 0; i < reading.workers; i++)
        unknown_merge(&unknown, &reading.decoders[i].unknown);
    unknown_report(&unknown, &run->report->arena, &run->report->sources[source]);
    unknown_release(&unknown);
    return STATUS_OK;
}

static enum status read_dimensions(void *ctx, struct error *error)
{
    struct run *run = ctx;
    if (run->diff.is_increment)
        return native_state_read_lookup(&run->output, run->out, &run->dimensions, error);
    for (int source = 0; source < (int)run->model->source_count; source++) {
        if (source == run->model->facts.source)
            continue;
        TRY(read_source(run, source, error));
        if (keeps(run, source))
            TRY(native_state_keep_records(&run->output, run->out, source, &run->dimensions, error));
    }
    return dimensions_index(&run->dimensions, run->options->threads, error);
}

static enum status read_facts(void *ctx, struct error *error)
{
    struct run *run = ctx;
    TRY(read_source(run, run->model->facts.source, error));
    if (keeps(run, run->model->facts.source))
        TRY(kept_facts_add(&run->facts, run->out, run->dimensions.lookups, run->cancel, error));
    fact_table_finish(&run->facts);
    return STATUS_OK;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static enum status write_tables(void *ctx, struct error *error)
{
    struct run *run = ctx;
    TRY(run_finish_rejects(&run->rejects, run->options, run->out, run->report, error));
    struct write_tables_source source = {.output = &run->output,
                                         .diff = &run->diff,
                                         .dimensions = &run->dimensions,
                                         .facts = &run->facts};
    list_files(run, source.files);
    return native_write_tables(&source, run->cancel, run->progress, error);
}

static enum status check_and_commit(void *ctx, struct error *error)
{
    struct run *run = ctx;
    native_report_tables(run->report, &run->output, &run->facts);
    TRY(native_report_check_counts(run->report, run->diff.is_increment ? NULL : &run->dimensions,
                                   &run->facts, error));
    return run_commit(run->lake, run->options, run->report, error);
}

/* ---- The run --------------------------------------------------------------------------------- */

static const struct run_step steps[] = {
    {PHASE_LIST, list_inputs},   {PHASE_SONGS, read_dimensions},   {PHASE_LOGS, read_facts},
    {PHASE_WRITE, write_tables}, {PHASE_COMMIT, check_and_commit},
};

enum status native_run(const struct run_options *options, const atomic_bool *cancel,
                       struct run_progress *progress, struct run_report *report,
                       struct error *error)
{
    CLEANUP(run_release)
    struct run run = {.options = options,
                      .model = run_options_model(options),
                      .cancel = cancel,
                      .progress = progress,
                      .report = report};
    uint64_t start = clock_ns();
    *report = (struct run_report){.model = run.model, .lake_version = -1};
    enum status status = open_run(&run, error);
    bool is_open = status == STATUS_OK;
    if (is_open)
        status = run_steps(steps, ARRAY_LENGTH(steps), &run, progress, report, error);
    if (is_open && (status == STATUS_NOT_FOUND || status == STATUS_CORRUPT))
        if (lake_still_newest(run.lake, error) != STATUS_OK)
            status = STATUS_CONFLICT; /* this is why files of the lake could not be read */
    if (is_open && status != STATUS_OK) {
        rejects_release(&run.rejects);
        fact_table_release(&run.facts);
        lake_abort(run.lake);
    }
    run_report_cost(report, run.in, run.out, start);
    return status;
}
