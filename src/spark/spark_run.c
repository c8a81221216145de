/* The job on a cluster, from top to bottom:
 *
 *   list      the sources' files, so that both engines read and count the same
 *   prepare   a session, views of the text, and what all tables are made of: this reads the input
 *   write     the tables, and what is told of the records: small tables come to us row by row;
 *             large ones Spark writes into the staging folder, and their files are taken over
 *   commit    as the native engine does
 *
 * What does not need each other runs at the same time: Spark fills the cores that one statement
 * leaves idle with the next. Whatever happens, Spark's memory is given back and the session ended.
 */
#include <spark.h>

#include "hadoop.h"
#include "report_rows.h"
#include "session.h"
#include "sql.h"
#include "staged.h"
#include "table_rows.h"

#include <inttypes.h>
#include <stdio.h>

/* With an input up to this size the rows are sent here: Spark would need longer to commit a few
 * files than to send them. */
#define STREAMED_INPUT_BYTES ((uint64_t)256 << 20)
/* Row groups of the files that Spark writes: their bytes are counted after compression, which makes
 * next to nothing of some columns, so the rows need a limit, too; Spark 4.0 knows no such limit. */
#define ROW_GROUP_BYTES "16777216"
#define ROW_GROUP_ROWS  "1048576"
/* How often Spark reports its progress. */
#define PROGRESS_INTERVAL "500ms"

struct spark_run {
    const struct run_options *options;
    const struct model *model;
    const atomic_bool *cancel;
    struct run_progress *progress;
    struct run_report *report;
    struct store *in, *out;
    struct lake *lake;
    uint64_t input_bytes;
    struct output output;
    struct reject_rows rejects;
    struct store_listing files[SOURCE_COUNT];
    struct input_diff diff;
    struct connect_session *session;
    struct spark_sql *sql;
    struct buffer staging;         /* key of the folder */
    uint64_t written[TABLE_COUNT]; /* rows, as Spark counted them */
    _Atomic uint64_t matched;      /* of the facts */
};

static void run_release(struct spark_run *run)
{
    input_diff_release(&run->diff);
    for (int source = 0; source < SOURCE_COUNT; source++)
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

/* ---- How far it is --------------------------------------------------------------------------- */

/* An operation on the server, followed. */
struct step {
    struct run_progress *progress;
    struct connect_progress last;
    struct connect_watch watch;
};

static void add_difference(_Atomic uint64_t *total, uint64_t now, uint64_t before)
{
    atomic_fetch_add(total, now - before); /* which wraps as it should */
}

static void step_progress(void *ctx, const struct connect_progress *now)
{
    struct step *step = ctx;
    struct run_progress *progress = step->progress;
    add_difference(&progress->tasks_total, now->tasks, step->last.tasks);
    add_difference(&progress->tasks_done, now->tasks_done, step->last.tasks_done);
    add_difference(&progress->tasks_running, now->tasks_running, step->last.tasks_running);
    add_difference(&progress->bytes_done, now->bytes_read, step->last.bytes_read);
    step->last = *now;
}

static const struct connect_watch *step_begin(struct step *step, struct spark_run *run)
{
    *step = (struct step){.progress = run->progress};
    step->watch = (struct connect_watch){.ctx = step, .progress = step_progress};
    return &step->watch;
}

/* Stages that Spark skipped are done, too. */
static void step_end(struct step *step)
{
    struct connect_progress end = step->last;
    end.tasks_done = end.tasks;
    end.tasks_running = 0;
    step_progress(step, &end);
}

/* ---- list ------------------------------------------------------------------------------------ */

/* STATUS_FAILED for a copy that Hadoop's tools have not finished: Spark skips it silently. */
static enum status refuse_hidden(const struct store *in, struct str key, struct error *error)
{
    static const char hidden[] = "._COPYING_/";
    if (!memmem(key.data, key.len, hidden, sizeof hidden - 1))
        return STATUS_OK;
    error_set(error, STATUS_FAILED,
              "Spark does not read %s/%.*s: the name of its folder ends in ._COPYING_",
              store_address(in), STR_ARG(key));
    return error_hint(error, "wait until it is copied, or rename the folder");
}

/* STATUS_FAILED for a packed file whose ending is not in lower case: Hadoop would read its bytes as
 * text. */
static enum status refuse_packed(const struct store *in, struct str key, struct error *error)
{
    bool is_lower = str_ends_with(key, STR(".gz")) || str_ends_with(key, STR(".zst"));
    if (run_packing(key) == PACKING_NONE || is_lower)
        return STATUS_OK;
    error_set(error, STATUS_FAILED,
              "Spark does not unpack %s/%.*s: the ending of its name is not in lower case",
              store_address(in), STR_ARG(key));
    return error_hint(error, "rename it, or use the native engine, which reads it");
}

static enum status refuse_unreadable(const struct store_listing *files, const struct store *in,
                                     struct error *error)
{
    for (size_t i = 0; i < files->count; i++) {
        TRY(refuse_hidden(in, files->objects[i].key, error));
        TRY(refuse_packed(in, files->objects[i].key, error));
    }
    return STATUS_OK;
}

static void list_files(const struct spark_run *run,
                       const struct store_listing *out[static SOURCE_COUNT])
{
    for (int source = 0; source < SOURCE_COUNT; source++)
        out[source] = &run->files[source];
}

/* STATUS_FAILED where records of gone files are kept: they are not in what Spark reads. */
static enum status refuse_kept(const struct spark_run *run, struct error *error)
{
    for (int source = 0; source < SOURCE_COUNT; source++) {
        const char *name = run->model->sources[source].name;
        size_t gone = run->diff.sources[source].gone_count;
        if (gone == 0)
            continue;
        error_set(error, STATUS_FAILED,
                  "%zu %s of the %s %s gone, and what came from there is kept in this lake: the "
                  "Spark engine cannot keep it",
                  gone, plural(gone, "file", "files"), name, plural(gone, "is", "are"));
        return error_hint(error,
                          "run without --engine spark, or make the tables from the files that are "
                          "there: --missing-%s rebuild. Nothing was committed",
                          name);
    }
    return STATUS_OK;
}

static enum status compare_inputs(struct spark_run *run, struct error *error)
{
    const struct store_listing *files[SOURCE_COUNT];
    list_files(run, files);
    TRY(input_diff_make(&run->output, run_needs_records(run->options) ? run->out : NULL, files,
                        &run->diff, error));
    TRY(input_diff_settle(&run->diff, run->options, error));
    return refuse_kept(run, error);
}

static enum status list_inputs(void *ctx, struct error *error)
{
    struct spark_run *run = ctx;
    for (int source = 0; source < SOURCE_COUNT; source++) {
        struct store_listing *files = &run->files[source];
        struct source_report *report = &run->report->sources[source];
        TRY(run_list_source(&run->model->sources[source], run->in, run->options->allow_empty, files,
                            report, error));
        TRY(refuse_unreadable(files, run->in, error));
        report->files = files->count;
        for (size_t i = 0; i < files->count; i++)
            report->bytes += files->objects[i].size_bytes;
        run->input_bytes += report->bytes;
    }
    TRY(compare_inputs(run, error));
    atomic_store(&run->progress->bytes_total, run->input_bytes);
    return STATUS_OK;
}

/* ---- prepare --------------------------------------------------------------------------------- */

static enum status run_command(struct spark_run *run, const struct spark_statement *statement,
                               struct error *error)
{
    struct step step;
    atomic_store(&run->progress->step, statement->purpose);
    const struct connect_watch *watch = step_begin(&step, run);
    enum status status = connect_command(run->session, statement->sql, watch, error);
    step_end(&step);
    return status == STATUS_OK ? status : error_wrap(error, "%s", statement->purpose);
}

/* Runs the commands that read this source alone, or SPARK_ALL_SOURCES. */
static enum status run_commands(struct spark_run *run, int source, struct error *error)
{
    const struct spark_statements *statements = &run->sql->prepare;
    for (size_t i = 0; i < statements->count; i++)
        if (statements->all[i].source == source)
            TRY(run_command(run, &statements->all[i], error));
    return STATUS_OK;
}

static enum status prepare_source(struct spark_run *run, int source, struct error *error)
{
    TRY(spark_session_make_view(run->session, run->in, &run->model->sources[source],
                                lake_run_id(run->lake), error));
    return run_commands(run, source, error);
}

static enum status open_session(struct spark_run *run, struct error *error)
{
    char partitions[16];
    struct connect_pair pairs[] = {
        {"spark.sql.shuffle.partitions", partitions},
        {"spark.connect.progress.reportInterval", PROGRESS_INTERVAL},
    };
    snprintf(partitions, sizeof partitions, "%u", spark_sql_shuffle_partitions(run->input_bytes));
    atomic_store(&run->progress->step, "opening a session");
    TRY(spark_session_open(run->options, run->in, run->out, run->cancel, &run->session, error));
    return connect_set(run->session, pairs, ARRAY_LENGTH(pairs), error);
}

static enum status prepare(void *ctx, struct error *error)
{
    struct spark_run *run = ctx;
    struct spark_sql_options options = {.rebalance = true};
    struct job jobs[SOURCE_COUNT];
    run->sql = spark_sql_new(run->model, &options);
    TRY(open_session(run, error));
    for (int source = 0; source < SOURCE_COUNT; source++)
        jobs[source] = (struct job){.work = prepare_source, .number = source};
    TRY(run_jobs(run, jobs, SOURCE_COUNT, error));
    return run_commands(run, SPARK_ALL_SOURCES, error);
}

/* ---- write: what is told of the records ------------------------------------------------------ */

/* Compares Spark's count of the rows with the number that arrived. */
static enum status check_count(const struct connect_value *counted, uint64_t rows,
                               struct error *error)
{
    if (!counted->is_null && counted->value >= 0 && (uint64_t)counted->value == rows)
        return STATUS_OK;
    return error_set(error, STATUS_CORRUPT,
                     "Spark says that there are %" PRId64 " rows, and has sent %" PRIu64,
                     counted->is_null ? -1 : counted->value, rows);
}

static enum status query(struct spark_run *run, const struct spark_statement *statement,
                         arrow_batch_fn *on_batch, void *ctx, struct error *error)
{
    struct step step;
    CLEANUP(buffer_release) struct buffer sql = {0};
    buffer_appendf(&sql, "SELECT * FROM (\n%s\n)%s%s", statement->sql,
                   statement->order[0] ? " ORDER BY " : "", statement->order);
    const struct connect_metric count = {"row_count", "count(*)"};
    struct connect_relation relation = {
        .sql = buffer_text(&sql), .metrics = &count, .metric_count = 1};
    struct connect_outcome outcome;
    const struct connect_watch *watch = step_begin(&step, run);
    enum status status =
        connect_query(run->session, &relation, on_batch, ctx, watch, &outcome, error);
    step_end(&step);
    if (status == STATUS_OK)
        status = check_count(&outcome.metrics[0], outcome.rows, error);
    return status == STATUS_OK ? status : error_wrap(error, "%s", statement->purpose);
}

static enum status write_rejects(struct spark_run *run, int number, struct error *error)
{
    (void)number;
    reject_rows_begin(&run->rejects, run->lake, run->options, run->in);
    return query(run, &run->sql->rejects, reject_rows_add, &run->rejects, error);
}

static enum status count_records(struct spark_run *run, int number, struct error *error)
{
    struct count_rows counts = {.report = run->report};
    (void)number;
    TRY(query(run, &run->sql->counts, count_rows_add, &counts, error));
    return count_rows_finish(&counts, error);
}

static enum status count_unknown(struct spark_run *run, int number, struct error *error)
{
    (void)number;
    return query(run, &run->sql->unknown, unknown_rows_add, run->report, error);
}

/* ---- write: the tables ----------------------------------------------------------------------- */

/* There are far fewer winners than facts and times. */
static bool is_streamed(const struct spark_run *run, int table)
{
    bool is_small = run->model->tables[table].rows == ROWS_WINNERS;
    return is_small || run->input_bytes <= STREAMED_INPUT_BYTES;
}

static enum status stream_table(struct spark_run *run, int table, struct error *error)
{
    CLEANUP(table_rows_release) struct table_rows rows;
    table_rows_begin(&rows, run->model, &run->output, (unsigned)table, table);
    TRY(query(run, &run->sql->tables[table], table_rows_add, &rows, error));
    TRY(table_rows_finish(&rows, error));
    run->written[table] = rows.rows;
    atomic_fetch_add(&run->matched, rows.matched);
    return STATUS_OK;
}

static const char *compression_of(enum parquet_codec codec)
{
    return codec == PARQUET_ZSTD ? "zstd" : codec == PARQUET_SNAPPY ? "snappy" : "uncompressed";
}

/* Appends the expression that counts the facts for which the look-up has found a record; false when
 * the table has none. */
static bool append_matched(const struct spark_run *run, int table, struct buffer *out)
{
    int column = spark_sql_found_column(run->model);
    if (run->model->tables[table].rows != ROWS_FACTS || column < 0)
        return false;
    buffer_appendf(out, "count(%s)", run->model->tables[table].columns[column].name);
    return true;
}

/* Spark writes the rows; its files are moved to the table. */
static enum status stage_table(struct spark_run *run, int table, struct error *error)
{
    const struct model_table *model = &run->model->tables[table];
    const struct spark_statement *statement = &run->sql->tables[table];
    CLEANUP(buffer_release) struct buffer matched = {0};
    bool is_matched = append_matched(run, table, &matched);
    const struct connect_metric metrics[] = {{"row_count", "count(*)"},
                                             {"matched", buffer_text(&matched)}};
    const struct connect_pair options[] = {{"compression", compression_of(run->options->codec)},
                                           {"parquet.block.size", ROW_GROUP_BYTES},
                                           {"parquet.block.row.count.limit", ROW_GROUP_ROWS}};
    const char *partitions[MODEL_MAX_PARTITIONS];
    struct connect_outcome outcome = {0};
    struct step step;
    CLEANUP(buffer_release) struct buffer folder = {0}, url = {0};
    buffer_append_str(&folder, buffer_str(&run->staging)); /* which several threads read */
    buffer_appendf(&folder, "/%s", model->folder);
    hadoop_url(&url, run->out, buffer_text(&folder), HADOOP_WRITE);
    for (size_t i = 0; i < model->partition_count; i++)
        partitions[i] = model->columns[model->partitions[i]].name;
    struct connect_write write = {
        .input = {.sql = statement->sql, .metrics = metrics, .metric_count = is_matched ? 2 : 1},
        .format = "parquet",
        .path = buffer_text(&url),
        .mode = CONNECT_NEW,
        .partitions = partitions,
        .partition_count = model->partition_count,
        .options = options,
        .option_count = ARRAY_LENGTH(options),
    };
    uint64_t start = clock_ns();
    const struct connect_watch *watch = step_begin(&step, run);
    enum status status = connect_write(run->session, &write, watch, &outcome, error);
    step_end(&step);
    if (status != STATUS_OK) {
        error_wrap(error, "Spark cannot write %s", model->name);
        return hadoop_explain(run->out, error);
    }
    for (size_t i = 0; i < write.input.metric_count; i++)
        if (outcome.metrics[i].is_null || outcome.metrics[i].value < 0)
            return error_set(error, STATUS_CORRUPT, "Spark has not counted the rows of %s",
                             model->name);
    run->written[table] = (uint64_t)outcome.metrics[0].value;
    if (is_matched)
        atomic_fetch_add(&run->matched, (uint64_t)outcome.metrics[1].value);
    status = spark_adopt_staged(&run->output, run->out, table, buffer_text(&folder),
                                run->written[table], error);
    output_add_time(&run->output, table, start);
    return status;
}

static enum status write_table(struct spark_run *run, int number, struct error *error)
{
    int table = number;
    return is_streamed(run, table) ? stream_table(run, table, error)
                                   : stage_table(run, table, error);
}

/* A partition's facts are shuffled into as few tasks as make files of some 128 MiB: in its file a
 * fact takes about a quarter of what it takes in the shuffle. */
static enum status begin_staging(struct spark_run *run, struct error *error)
{
    const struct connect_pair size = {"spark.sql.adaptive.advisoryPartitionSizeInBytes", "512m"};
    TRY(lake_staging_begin(run->lake, &run->staging, error));
    return connect_set(run->session, &size, 1, error);
}

static enum status write_tables(void *ctx, struct error *error)
{
    struct spark_run *run = ctx;
    struct job jobs[TABLE_COUNT + 3] = {
        {.work = count_records}, {.work = write_rejects}, {.work = count_unknown}};
    for (int table = 0; table < TABLE_COUNT; table++)
        jobs[3 + table] = (struct job){.work = write_table, .number = table};
    if (!is_streamed(run, spark_sql_facts_table(run->model)))
        TRY(begin_staging(run, error));
    atomic_store(&run->progress->step, "making the tables");
    TRY(run_jobs(run, jobs, ARRAY_LENGTH(jobs), error));
    const struct store_listing *files[SOURCE_COUNT];
    list_files(run, files);
    TRY(input_diff_write(&run->diff, &run->output, files, 0, error));
    return run_finish_rejects(&run->rejects.rejects, run->options, run->out, run->report, error);
}

/* ---- commit ---------------------------------------------------------------------------------- */

/* Compares counts that Spark makes in different ways with each other and with what arrived. */
static enum status check_sums(const struct spark_run *run, struct error *error)
{
    const struct run_report *report = run->report;
    struct run_equation equations[TABLE_COUNT + SOURCE_COUNT + 1];
    size_t count = 0;
    for (int table = 0; table < TABLE_COUNT; table++)
        equations[count++] = (struct run_equation){run->model->tables[table].name,
                                                   report->tables[table].rows, run->written[table]};
    for (int source = 0; source < SOURCE_COUNT; source++)
        equations[count++] =
            (struct run_equation){"rejects", run->rejects.rejects.sources[source].count,
                                  report->sources[source].rejected};
    equations[count++] =
        (struct run_equation){"rows of facts", run->written[spark_sql_facts_table(run->model)],
                              report->plays - report->identical};
    return run_check_sums(equations, count, error);
}

static uint64_t kept_records(const struct spark_run *run, int source)
{
    const struct source_report *report = &run->report->sources[source];
    return report->records - report->left_out - report->rejected;
}

/* Each kept record gives a row in each table of its source: STATUS_CORRUPT where a table has none.
 */
static enum status check_not_empty(const struct spark_run *run, struct error *error)
{
    for (int i = 0; i < TABLE_COUNT; i++) {
        const struct model_table *table = &run->model->tables[i];
        int source = table->rule ? table->rule->source : run->model->facts.source;
        uint64_t records = kept_records(run, source);
        if (records && !run->written[i])
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
    report->plays = kept_records(run, run->model->facts.source);
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
    TRY(run_open_stores(options, &run->in, &run->out, error));
    struct lake_options lake = {
        .model = options->model,
        .codec = options->codec,
        .version = options->version,
        .operation = "etl --engine spark",
        .keep_versions = options->keep_versions,
        .grace_ms = options->grace_ms,
    };
    TRY(lake_open(run->out, &lake, &run->lake, error));
    run->model = lake_model(run->lake);
    run_report_begin(run->report, run->lake);
    output_init(&run->output, run->lake, options->version, options->codec, 2 * TABLE_COUNT);
    return STATUS_OK;
}

static const struct run_step steps[] = {
    {PHASE_LIST, list_inputs},
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
        .model = options->model ? options->model : &model_builtin,
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
    if (is_open && status != STATUS_OK) {
        reject_rows_release(&run.rejects);
        lake_abort(run.lake);
    }
    run_report_cost(report, run.in, run.out, start);
    return status;
}
