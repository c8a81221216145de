/* A session on Spark. Spark's client pushes rows to a callback, while the caller of a result pulls
 * them. So a statement runs on a thread of its own, which converts a batch and waits until it is
 * consumed:
 *
 *      thread   connect → convert → is_full ─ wait ─► convert → …        → is_done
 *      caller   wait until is_full or is_done ─ use ─► not full, wait …
 *
 * At most one batch is held, so memory is constant. */
#include "cluster.h"

#include "from_arrow.h"
#include "sql_position.h"

struct cluster_rows {
    struct spark_session *session; /* borrowed */
    struct spark_query query;
    bool is_first, has_batch; /* an error not returned yet; whether there is one */
    struct from_arrow batch;  /* owned by the thread while is_full is false, else by the caller */
    pthread_t thread;
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        bool is_full, is_done, is_unwanted;
        enum status status; /* valid once is_done */
        struct error error;
    } shared;
};

/* ---- The thread ------------------------------------------------------------------------------ */

/* Passes a batch to the caller, and waits until it is consumed. */
static enum status hand_over(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    struct cluster_rows *rows = ctx;
    TRY(from_arrow_convert(&rows->batch, &rows->query, batch, error));
    pthread_mutex_lock(&rows->shared.mutex);
    rows->shared.is_full = true;
    pthread_cond_broadcast(&rows->shared.changed);
    while (rows->shared.is_full && !rows->shared.is_unwanted)
        pthread_cond_wait(&rows->shared.changed, &rows->shared.mutex);
    bool is_unwanted = rows->shared.is_unwanted;
    pthread_mutex_unlock(&rows->shared.mutex);
    return is_unwanted ? error_set(error, STATUS_INTERRUPTED, "interrupted") : STATUS_OK;
}

static void *run(void *ctx)
{
    struct cluster_rows *rows = ctx;
    struct error error;
    enum status status = spark_query_run(rows->session, &rows->query, hand_over, rows, &error);
    pthread_mutex_lock(&rows->shared.mutex);
    rows->shared.status = status;
    if (status != STATUS_OK)
        rows->shared.error = error;
    rows->shared.is_done = true;
    pthread_cond_broadcast(&rows->shared.changed);
    pthread_mutex_unlock(&rows->shared.mutex);
    return NULL;
}

/* ---- Errors ---------------------------------------------------------------------------------- */

/* Adds the position that Spark reports as a hint, as DuckDB's messages do. */
static enum status point_at(struct str sql, struct error *error)
{
    CLEANUP(buffer_release) struct buffer hint = {0};
    unsigned line, column;
    if (spark_find_position(error, &line, &column) && sql_position_append(&hint, sql, line, column))
        return error_hint(error, "%s", buffer_text(&hint));
    return error->status;
}

/* ---- The caller ------------------------------------------------------------------------------ */

/* Marks the previous batch as consumed. */
static enum status wait_for_batch(struct cluster_rows *rows, struct error *error)
{
    pthread_mutex_lock(&rows->shared.mutex);
    rows->shared.is_full = false;
    pthread_cond_broadcast(&rows->shared.changed);
    while (!rows->shared.is_full && !rows->shared.is_done)
        pthread_cond_wait(&rows->shared.changed, &rows->shared.mutex);
    rows->has_batch = rows->shared.is_full;
    enum status status = rows->has_batch ? STATUS_OK : rows->shared.status;
    if (status != STATUS_OK)
        *error = rows->shared.error;
    pthread_mutex_unlock(&rows->shared.mutex);
    return status == STATUS_OK ? status : point_at(str_of(rows->query.sql), error);
}

static enum status start(struct cluster_rows *rows, struct error *error)
{
    pthread_mutex_init(&rows->shared.mutex, NULL);
    pthread_cond_init(&rows->shared.changed, NULL);
    if (thread_start(&rows->thread, run, rows) == 0)
        return STATUS_OK;
    spark_query_release(&rows->query);
    mem_free(rows);
    return error_set(error, STATUS_FAILED, "a thread for the query cannot be started");
}

enum status cluster_run(struct spark_session *session, struct str sql, struct cluster_rows **out,
                        const struct query_column **out_columns, size_t *out_count,
                        struct error *error)
{
    struct spark_query query;
    if (spark_query_prepare(session, sql, &query, error) != STATUS_OK)
        return point_at(sql, error);
    struct cluster_rows *rows = mem_zalloc(sizeof *rows);
    rows->session = session;
    rows->query = query;
    TRY(start(rows, error));
    enum status status = wait_for_batch(rows, error);
    if (status != STATUS_OK) {
        cluster_rows_free(rows);
        return status;
    }
    rows->is_first = true;
    *out_columns = rows->batch.columns;
    *out_count = rows->batch.count;
    *out = rows;
    return STATUS_OK;
}

enum status cluster_next(struct cluster_rows *rows, const struct query_batch **out,
                         struct error *error)
{
    *out = NULL;
    if (!rows->is_first)
        TRY(wait_for_batch(rows, error));
    rows->is_first = false;
    if (rows->has_batch)
        *out = &rows->batch.batch;
    return STATUS_OK;
}

void cluster_rows_free(struct cluster_rows *rows)
{
    if (!rows)
        return;
    pthread_mutex_lock(&rows->shared.mutex);
    rows->shared.is_unwanted = true;
    if (!rows->shared.is_done)
        spark_query_stop(rows->session);
    pthread_cond_broadcast(&rows->shared.changed);
    pthread_mutex_unlock(&rows->shared.mutex);
    pthread_join(rows->thread, NULL);
    pthread_mutex_destroy(&rows->shared.mutex);
    pthread_cond_destroy(&rows->shared.changed);
    from_arrow_release(&rows->batch);
    spark_query_release(&rows->query);
    mem_free(rows);
}
