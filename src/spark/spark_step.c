/* Operations on the server, one of which is a step of the run's progress. */
#include "spark_run_private.h"

#include <inttypes.h>

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

/* ---- Operations ------------------------------------------------------------------------------ */

enum status spark_command(struct spark_run *run, const struct spark_statement *statement,
                          struct error *error)
{
    struct step step;
    atomic_store(&run->progress->step, statement->purpose);
    const struct connect_watch *watch = step_begin(&step, run);
    enum status status = connect_command(run->session, statement->sql, watch, error);
    step_end(&step);
    return status == STATUS_OK ? status : error_wrap(error, "%s", statement->purpose);
}

/* Compares Spark's count of the rows with the number that arrived. */
static enum status check_count(int64_t counted, uint64_t rows, struct error *error)
{
    if (counted >= 0 && (uint64_t)counted == rows)
        return STATUS_OK;
    return error_set(error, STATUS_CORRUPT,
                     "Spark says that there are %" PRId64 " rows, and has sent %" PRIu64,
                     counted == CONNECT_NULL ? -1 : counted, rows);
}

/* The rows of a statement, counted as they go by; with those for which the first look-up has found
 * a record. */
static const struct connect_metric counts[] = {{"row_count", "count(*)"},
                                               {"matched", "count_if(`" SPARK_FOUND "`)"}};

static struct connect_relation counted(const struct spark_statement *statement, const char *sql)
{
    return (struct connect_relation){
        .sql = sql,
        .metrics = counts,
        .metric_count = statement->has_found ? 2 : 1,
        .dropped = statement->has_found ? SPARK_FOUND : NULL,
    };
}

static enum status add_matched(struct spark_run *run, const struct spark_statement *statement,
                               const struct connect_outcome *outcome, struct error *error)
{
    int64_t matched = outcome->metrics[1];
    if (!statement->has_found)
        return STATUS_OK;
    if (matched < 0)
        return error_set(error, STATUS_CORRUPT, "Spark has not counted the rows that match");
    atomic_fetch_add(&run->matched, (uint64_t)matched);
    return STATUS_OK;
}

enum status spark_select(struct spark_run *run, const struct spark_statement *statement,
                         arrow_batch_fn *on_batch, void *ctx, struct error *error)
{
    struct step step;
    CLEANUP(buffer_release) struct buffer sql = {0};
    buffer_appendf(&sql, "SELECT * FROM (\n%s\n)%s%s", statement->sql,
                   statement->order[0] ? " ORDER BY " : "", statement->order);
    const struct connect_relation relation = counted(statement, buffer_text(&sql));
    struct connect_outcome outcome;
    const struct connect_watch *watch = step_begin(&step, run);
    enum status status =
        connect_query(run->session, &relation, on_batch, ctx, watch, &outcome, error);
    step_end(&step);
    if (status == STATUS_OK)
        status = check_count(outcome.metrics[0], outcome.rows, error);
    if (status == STATUS_OK)
        status = add_matched(run, statement, &outcome, error);
    return status == STATUS_OK ? status : error_wrap(error, "%s", statement->purpose);
}

enum status spark_write(struct spark_run *run, const struct spark_statement *statement,
                        struct connect_write *write, uint64_t *out_rows, struct error *error)
{
    struct step step;
    struct connect_outcome outcome = {0};
    write->input = counted(statement, statement->sql);
    const struct connect_watch *watch = step_begin(&step, run);
    enum status status = connect_write(run->session, write, watch, &outcome, error);
    step_end(&step);
    if (status != STATUS_OK)
        return status;
    if (outcome.metrics[0] < 0)
        return error_set(error, STATUS_CORRUPT, "Spark has not counted the rows");
    *out_rows = (uint64_t)outcome.metrics[0];
    return add_matched(run, statement, &outcome, error);
}
