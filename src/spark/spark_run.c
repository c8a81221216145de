/* The job on a cluster, from top to bottom (ARCHITECTURE.md says what is done in which file).
 *
 * What does not need each other runs at the same time: Spark fills the cores that one statement
 * leaves idle with the next. Whatever happens, Spark's memory is given back and the session ended.
 */
#include "spark_run_private.h"

#include "session.h"

#include <inttypes.h>

/* How often Spark reports its progress. */
#define PROGRESS_INTERVAL "500ms"

static void run_release(struct spark_run *run)
{
    input_diff_release(&run->diff);
    for (int source = 0; source < MODEL_MAX_SOURCES; source++)
        store_listing_release(&run->files[source]);
    reject_rows_release(&run->rejects);
    buffer_release(&run->staging);
    spark_sql_free(run->sql);
    output_release(&run->output);
    lake_free(run->lake);
    store_free(run->out);
    store_free(run->in);
}

/* ---- What runs at the same time -------------------------------------------------------------- */

struct job {
    enum status (*work)(struct spark_run *run, int number, struct error *error);
    int number; /* of a source, or of a table */
    struct spark_run *run;
    enum status status;
    struct error error;
};

/* The first that fails ends the others. */
static void work_on_job(void *ctx, unsigned worker)
{
    struct job *job = (struct job *)ctx + worker;
    job->status = job->work(job->run, job->number, &job->error);
    if (job->status != STATUS_OK)
        connect_stop(job->run->session);
}

static enum status run_jobs(struct spark_run *run, struct job *jobs, unsigned count,
                            struct error *error)
{
    enum status status = STATUS_OK;
    for (unsigned i = 0; i < count; i++)
        jobs[i].run = run;
    threads_run(count, work_on_job, jobs);
    for (unsigned i = 0; i < count; i++)
        if (jobs[i].status != STATUS_OK && (status == STATUS_OK || status == STATUS_INTERRUPTED)) {
            status = jobs[i].status;
            *error = jobs[i].error;
        }
    return status;
}

/* ---- prepare --------------------------------------------------------------------------------- */

/* Runs the commands that read this source alone, or SPARK_ALL_SOURCES. */
static enum status run_commands(struct spark_run *run, int source, struct error *error)
{
    const struct spark_statements *statements = &run->sql->prepare;
    for (size_t i = 0; i < statements->count; i++)
        if (statements->all[i].source == source)
            TRY(spark_command(run, &statements->all[i], error));
    return STATUS_OK;
}

static enum status prepare_source(struct spark_run *run, int source, struct error *error)
{
    const struct spark_input_files added = {&run->files[source], run->diff.sources[source].is_new};
    if (!spark_sql_reads(run->sql, source))
        return STATUS_OK;
    TRY(spark_session_make_view(run->session, run->in, &run->model->sources[source],
                                run->diff.is_increment ? &added : NULL, lake_run_id(run->lake),
                                error));
    return run_commands(run, source, error);
}

static enum status open_session(struct spark_run *run, struct error *error)
{
    unsigned tasks = spark_sql_shuffle_partitions(run->sql, run->input_bytes, run->packed_bytes);
    char partitions[16];
    struct connect_pair pairs[] = {
        {"spark.sql.shuffle.partitions", partitions},
        {"spark.sql.adaptive.enabled", tasks == 1 ? "false" : "true"}, /* planned once */
        {"spark.connect.progress.reportInterval", PROGRESS_INTERVAL},
    };
    snprintf(partitions, sizeof partitions, "%u", tasks);
    atomic_store(&run->progress->step, "opening a session");
    TRY(spark_session_open(run->options, run->in, run->out, run->cancel, &run->session, error));
    return connect_set(run->session, pairs, ARRAY_LENGTH(pairs), error);
}

static enum status prepare(void *ctx, struct error *error)
{
    struct spark_run *run = ctx;
    struct spark_sql_options options = {.counts_found = true,
                                        .is_increment = run->diff.is_increment,
                                        .lacked = run->diff.lacked,
                                        .lacked_count = run->diff.lacked_count};
    struct job jobs[MODEL_MAX_SOURCES];
    if (run->is_idle)
        return STATUS_OK;
    for (int source = 0; source < (int)run->model->source_count; source++)
        options.keeps[source] = !run->diff.is_increment && run->diff.sources[source].gone_count > 0;
    for (size_t i = 0; i < run->model->winner_count; i++)
        options.nulls_last[i] = input_lacked_fields(&run->diff, &run->model->winners[i]);
    run->sql = spark_sql_new(run->model, &options);
    TRY(open_session(run, error));
    TRY(spark_view_state(run, error));
    for (int source = 0; source < (int)run->model->source_count; source++)
        jobs[source] = (struct job){.work = prepare_source, .number = source};
    TRY(run_jobs(run, jobs, (unsigned)run->model->source_count, error));
    TRY(spark_view_facts(run, error));
    return run_commands(run, SPARK_ALL_SOURCES, error);
}

/* ---- write ----------------------------------------------------------------------------------- */

static enum status write_rejects(struct spark_run *run, int number, struct error *error)
{
    (void)number;
    return spark_select(run, &run->sql->rejects, reject_rows_add, &run->rejects, error);
}

static enum status count_records(struct spark_run *run, int number, struct error *error)
{
    CLEANUP(count_rows_release) struct count_rows counts = {.report = run->report};
    (void)number;
    TRY(spark_select(run, &run->sql->counts, count_rows_add, &counts, error));
    return count_rows_finish(&counts, error);
}

/* The counts and rejects, and each table that is made. */
static unsigned plan_jobs(const struct spark_run *run, struct job jobs[static 2 + MODEL_MAX_TABLES])
{
    unsigned count = 0;
    jobs[count++] = (struct job){.work = count_records};
    jobs[count++] = (struct job){.work = write_rejects};
    for (int table = 0; table < (int)run->model->all_count; table++)
        if (run->sql->tables[table].sql)
            jobs[count++] = (struct job){.work = spark_write_table, .number = table};
    return count;
}

static enum status make_tables(struct spark_run *run, struct error *error)
{
    struct job jobs[2 + MODEL_MAX_TABLES];
    unsigned count = plan_jobs(run, jobs);
    if (!spark_is_streamed(run, model_facts_table(run->model)))
        TRY(spark_begin_staging(run, error));
    atomic_store(&run->progress->step, "making the tables");
    return run_jobs(run, jobs, count, error);
}

static enum status write_tables(void *ctx, struct error *error)
{
    struct spark_run *run = ctx;
    reject_rows_begin(&run->rejects, run->lake, run->options, run->in);
    if (!run->is_idle)
        TRY(make_tables(run, error));
    TRY(input_diff_write(&run->diff, &run->output, run->listings, 0, error));
    return run_finish_rejects(&run->rejects.rejects, run->options, run->out, run->report, error);
}

/* ---- commit ---------------------------------------------------------------------------------- */

/* Compares counts that Spark makes in different ways with each other and with what arrived. */
static enum status check_sums(const struct spark_run *run, struct error *error)
{
    const struct run_report *report = run->report;
    struct run_equation equations[MODEL_MAX_TABLES + MODEL_MAX_SOURCES + 1];
    size_t count = 0;
    for (int table = 0; table < (int)run->model->table_count; table++)
        equations[count++] = (struct run_equation){run->model->tables[table].name,
                                                   report->tables[table].rows, run->written[table]};
    for (int source = 0; source < (int)run->model->source_count; source++)
        equations[count++] =
            (struct run_equation){"rejects", run->rejects.rejects.sources[source].count,
                                  report->sources[source].rejected};
    equations[count++] =
        (struct run_equation){"rows of facts", run->written[model_facts_table(run->model)],
                              report->plays - report->identical + report->kept};
    return run_check_sums(equations, count, error);
}

static bool may_lack_a_key(const struct model *model, const struct model_table *table)
{
    for (size_t i = 0; table->rule && i < table->rule->key_count; i++)
        if (spark_sql_may_be_null(model_field(model, table->rule->source, table->rule->keys[i])))
            return true;
    return false;
}

/* Whether each kept record gives a row of the table, perhaps one that others give, too. */
static bool gives_rows(const struct spark_run *run, int id)
{
    const struct model_table *table = &run->model->tables[id];
    return !may_lack_a_key(run->model, table) && run->sql && run->sql->tables[id].sql &&
           (!run->diff.is_increment ||
            table->rows == ROWS_WINNERS); /* the lake may have a fact already */
}

/* STATUS_CORRUPT where a table has no rows that must have some. */
static enum status check_not_empty(const struct spark_run *run, struct error *error)
{
    for (int i = 0; i < (int)run->model->table_count; i++) {
        const struct model_table *table = &run->model->tables[i];
        int source = model_source_of(run->model, table);
        uint64_t records = source_report_kept(&run->report->sources[source]);
        if (records && gives_rows(run, i) && !run->written[i])
            return error_set(error, STATUS_CORRUPT,
                             "Spark has counted %" PRIu64 " records of the %s that count, and made "
                             "no row of %s",
                             records, run->model->sources[source].name, table->name);
    }
    return STATUS_OK;
}

static enum status check_and_commit(void *ctx, struct error *error)
{
    struct spark_run *run = ctx;
    struct run_report *report = run->report;
    report->plays = source_report_kept(&report->sources[run->model->facts.source]);
    report->matched = atomic_load(&run->matched);
    run_report_tables(report, &run->output);
    TRY(check_sums(run, error));
    TRY(check_not_empty(run, error));
    return run_commit(run->lake, run->options, report, error);
}

/* ---- The run --------------------------------------------------------------------------------- */

static enum status open_run(struct spark_run *run, struct error *error)
{
    const struct run_options *options = run->options;
    TRY(run_open(options, "etl --engine spark", run->report, &run->in, &run->out, &run->lake,
                 error));
    run->model = lake_model(run->lake);
    output_init(&run->output, run->lake, options->version, options->codec,
                2 * (unsigned)run->model->all_count);
    return STATUS_OK;
}

static const struct run_step steps[] = {
    {PHASE_LIST, spark_list_inputs},
    {PHASE_LOGS, prepare},
    {PHASE_WRITE, write_tables},
    {PHASE_COMMIT, check_and_commit},
};

static void finish_statement(void *ctx, unsigned number)
{
    struct spark_run *run = ctx;
    struct error ignored;
    (void)!connect_command(run->session, run->sql->finish.all[number].sql, NULL, &ignored);
}

/* All statements at the same time: the user may be waiting after Ctrl-C. */
static void end_session(struct spark_run *run)
{
    if (!run->session)
        return;
    connect_clear_up(run->session);
    threads_run((unsigned)run->sql->finish.count, finish_statement, run);
    connect_close(run->session);
    run->session = NULL;
}

enum status spark_run(const struct run_options *options, const atomic_bool *cancel,
                      struct run_progress *progress, struct run_report *report, struct error *error)
{
    CLEANUP(run_release)
    struct spark_run run = {
        .options = options,
        .model = run_options_model(options),
        .cancel = cancel,
        .progress = progress,
        .report = report,
    };
    uint64_t start = clock_ns();
    *report = (struct run_report){.model = run.model, .lake_version = -1};
    enum status status = open_run(&run, error);
    bool is_open = status == STATUS_OK;
    if (is_open)
        status = run_steps(steps, ARRAY_LENGTH(steps), &run, progress, report, error);
    end_session(&run);
    if (is_open && status != STATUS_OK && status != STATUS_INTERRUPTED && run.diff.is_increment)
        if (lake_still_newest(run.lake, error) != STATUS_OK)
            status = STATUS_CONFLICT; /* this is why files of the lake could not be read */
    if (is_open && status != STATUS_OK) {
        reject_rows_release(&run.rejects);
        lake_abort(run.lake);
    }
    run_report_cost(report, run.in, run.out, start);
    return status;
}
