/* Sessions: the worker process, and results received from it. */
#include "query_session.h"

#include "frames.h"
#include "spawner.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long an interrupted statement may take to end before its process is killed. */
#define PATIENCE_MS 2000
#define POLL_MS     50

struct query_result {
    struct query_session *session; /* borrowed */
    struct cluster_rows *rows;     /* of a session on Spark */
    bool is_done;
    struct query_column *columns;
    size_t count;
    struct buffer head, frame; /* of the columns; of the current batch */
    struct query_vector *vectors;
    struct query_batch batch;
};

/* ---- The worker ------------------------------------------------------------------------------ */

static enum status start_worker(struct query_session *session, struct error *error)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
        return error_set_errno(error, errno, "cannot make a socket for the query's worker");
    enum status status = spawner_start(session->options.spawner, &session->options, sockets[1],
                                       &session->pid, error);
    close(sockets[1]);
    if (status != STATUS_OK) {
        close(sockets[0]);
        return status;
    }
    session->fd = sockets[0];
    session->statements = 0;
    query_forget_tables(session);
    return STATUS_OK;
}

/* Kills the process; returns its status as waitpid reports it. */
static int end_worker(struct query_session *session)
{
    if (session->fd < 0)
        return 0;
    close(session->fd);
    session->fd = -1;
    query_forget_tables(session);
    return spawner_end(session->options.spawner, session->pid);
}

/* An idle worker sends nothing, so readable data means that its socket is closed. */
void query_session_forget_dead(struct query_session *session)
{
    struct pollfd fd = {session->fd, POLLIN, 0};
    if (session->fd >= 0 && poll(&fd, 1, 0) > 0)
        (void)end_worker(session);
}

enum status query_session_new(const struct query_options *options, struct query_session **out,
                              struct error *error)
{
    struct query_session *session = mem_zalloc(sizeof *session);
    *session = (struct query_session){.options = *options, .fd = -1};
    if (options->folder)
        session->options.folder = session->folder = str_dup(str_of(options->folder));
    enum status status = STATUS_OK;
    if (!options->spawner)
        status = query_spawner_new(&session->own_spawner, error);
    if (session->own_spawner)
        session->options.spawner = session->own_spawner;
    if (status == STATUS_OK)
        status = start_worker(session, error);
    if (status != STATUS_OK) {
        query_session_free(session);
        return status;
    }
    *out = session;
    return STATUS_OK;
}

void query_session_limit_time(struct query_session *session, unsigned limit_ms)
{
    session->options.time_limit_ms = limit_ms;
}

void query_session_free(struct query_session *session)
{
    if (!session)
        return;
    spark_close(session->cluster);
    (void)end_worker(session);
    query_spawner_free(session->own_spawner);
    mem_free(session->folder);
    buffer_release(&session->id_name);
    mem_free(session);
}

enum status query_spark_session_new(const struct spark_options *options, struct query_session **out,
                                    struct error *error)
{
    struct query_session *session = mem_zalloc(sizeof *session);
    *session = (struct query_session){.options = {.cancel = options->cancel}, .fd = -1};
    enum status status = spark_open(options, &session->cluster, error);
    if (status != STATUS_OK)
        query_session_free(session);
    else
        *out = session;
    return status;
}

/* Sets the error of a worker that was killed or has crashed. */
static enum status fail_lost_worker(struct query_session *session, struct error *error)
{
    int how = end_worker(session);
    bool is_signal = WIFSIGNALED(how);
    error_set(error, STATUS_LIMIT, "the query's worker process has ended%s",
              is_signal && WTERMSIG(how) != SIGKILL ? " by a crash" : "");
    return error_hint(error, "it may have been out of memory: ask for less at once; if small "
                             "queries end so, too, it is an error of DuckDB");
}

/* ---- Waiting --------------------------------------------------------------------------------- */

static bool is_cancelled(const struct query_session *session)
{
    return session->options.cancel && atomic_load(session->options.cancel);
}

/* Waits until the worker has sent something; false when it does not within `limit_ms`. */
static bool wait_readable(const struct query_session *session, int limit_ms)
{
    struct pollfd fd = {session->fd, POLLIN, 0};
    return poll(&fd, 1, limit_ms) > 0;
}

/* Discards the frames of the statement up to its end; false when it does not end in time. */
static bool drain(struct query_session *session)
{
    CLEANUP(buffer_release) struct buffer ignored = {0};
    uint64_t start = clock_ns();
    struct frame_head head;
    while (clock_seconds_since(start) * 1000 < PATIENCE_MS && wait_readable(session, PATIENCE_MS)) {
        if (!frame_receive_head(session->fd, &head) ||
            !frame_receive_bytes(session->fd, &head, &ignored))
            return false;
        if (head.kind == FRAME_END || head.kind == FRAME_FAILED)
            return true;
    }
    return false;
}

/* Interrupts the running statement; kills the worker if it does not react. */
static void interrupt(struct query_session *session)
{
    sigqueue(session->pid, SIGUSR1, (union sigval){.sival_int = session->statements});
    if (!drain(session))
        (void)end_worker(session);
}

/* Interrupts the statement when it is no longer wanted, or its time limit is over. */
static enum status check_limits(struct query_session *session, struct error *error)
{
    const struct query_options *options = &session->options;
    unsigned limit = options->time_limit_ms;
    if (is_cancelled(session) ||
        (options->is_unwanted && options->is_unwanted(options->is_unwanted_ctx))) {
        interrupt(session);
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    }
    if (limit == 0 || clock_seconds_since(session->began_ns) * 1000 < limit)
        return STATUS_OK;
    interrupt(session);
    error_set(error, STATUS_LIMIT, "the query took longer than %g s, and was stopped",
              limit / 1000.0);
    return error_hint(error, "ask for less: fewer days, or a more selective condition");
}

static enum status too_large(struct query_session *session, struct error *error)
{
    (void)end_worker(session);
    error_set(error, STATUS_LIMIT, "some rows of the result are larger than %zu MiB together",
              session->options.frame_bytes >> 20);
    return error_hint(error, "select fewer columns, or parts of their texts");
}

static enum status receive(struct query_session *session, struct frame_head *head,
                           struct buffer *out, struct error *error)
{
    do
        TRY(check_limits(session, error));
    while (!wait_readable(session, POLL_MS));
    size_t limit = session->options.frame_bytes;
    if (!frame_receive_head(session->fd, head))
        return fail_lost_worker(session, error);
    if (limit && head->bytes > limit)
        return too_large(session, error);
    return frame_receive_bytes(session->fd, head, out) ? STATUS_OK
                                                       : fail_lost_worker(session, error);
}

/* ---- Results --------------------------------------------------------------------------------- */

static enum status malformed(struct query_session *session, struct error *error)
{
    (void)end_worker(session);
    return error_set(error, STATUS_INTERNAL, "the query's worker sent a malformed answer");
}

static void mark_ids(struct query_result *result)
{
    struct str id = buffer_str(&result->session->id_name);
    for (size_t i = 0; i < result->count; i++)
        result->columns[i].is_id = id.len && str_equal(result->columns[i].name, id);
}

static enum status run_on_cluster(struct query_session *session, struct str sql,
                                  struct query_result **out, struct error *error)
{
    const struct query_column *columns;
    struct cluster_rows *rows;
    size_t count;
    TRY(cluster_run(session->cluster, sql, &rows, &columns, &count, error));
    struct query_result *result = mem_zalloc(sizeof *result);
    *result = (struct query_result){.session = session, .rows = rows, .count = count};
    result->columns = mem_alloc((count + 1) * sizeof *columns);
    memcpy(result->columns, columns, count * sizeof *columns);
    mark_ids(result);
    *out = result;
    return STATUS_OK;
}

enum status query_run(struct query_session *session, struct str sql, struct query_result **out,
                      struct error *error)
{
    struct frame_head head = {0};
    if (session->cluster)
        return run_on_cluster(session, sql, out, error);
    if (session->fd < 0)
        TRY(start_worker(session, error));
    session->statements++;
    session->began_ns = clock_ns();
    if (!frame_send(session->fd, FRAME_RUN, sql))
        return fail_lost_worker(session, error);
    struct query_result *result = mem_zalloc(sizeof *result);
    result->session = session;
    result->is_done = true;
    enum status status = receive(session, &head, &result->head, error);
    if (status == STATUS_OK && head.kind == FRAME_FAILED)
        status = frame_decode_error(buffer_str(&result->head), error);
    else if (status == STATUS_OK &&
             (head.kind != FRAME_COLUMNS ||
              !frame_decode_columns(buffer_str(&result->head), &result->columns, &result->count)))
        status = malformed(session, error);
    if (status != STATUS_OK) {
        query_result_free(result);
        return status;
    }
    result->is_done = false;
    result->vectors = mem_zalloc((result->count + 1) * sizeof *result->vectors);
    mark_ids(result);
    *out = result;
    return STATUS_OK;
}

const struct query_column *query_result_columns(const struct query_result *result,
                                                size_t *out_count)
{
    *out_count = result->count;
    return result->columns;
}

static enum status next_batch(struct query_result *result, const struct query_batch **out,
                              struct error *error)
{
    struct frame_head head = {0};
    TRY(receive(result->session, &head, &result->frame, error));
    *out = NULL;
    if (head.kind == FRAME_END)
        return STATUS_OK;
    if (head.kind == FRAME_FAILED)
        return frame_decode_error(buffer_str(&result->frame), error);
    if (head.kind != FRAME_BATCH ||
        !frame_decode_batch(result->columns, result->count, buffer_str(&result->frame),
                            result->vectors, &result->batch))
        return malformed(result->session, error);
    *out = &result->batch;
    return STATUS_OK;
}

enum status query_result_next(struct query_result *result, const struct query_batch **out,
                              struct error *error)
{
    *out = NULL;
    if (result->is_done)
        return STATUS_OK;
    enum status status =
        result->rows ? cluster_next(result->rows, out, error) : next_batch(result, out, error);
    result->is_done = status != STATUS_OK || !*out;
    return status;
}

void query_result_free(struct query_result *result)
{
    if (!result)
        return;
    if (!result->is_done && result->session->fd >= 0)
        interrupt(result->session);
    cluster_rows_free(result->rows);
    mem_free(result->columns);
    mem_free(result->vectors);
    buffer_release(&result->head);
    buffer_release(&result->frame);
    mem_free(result);
}

enum status query_execute(struct query_session *session, struct str sql, struct error *error)
{
    struct query_result *result;
    const struct query_batch *batch;
    TRY(query_run(session, sql, &result, error));
    enum status status;
    do
        status = query_result_next(result, &batch, error);
    while (status == STATUS_OK && batch);
    query_result_free(result);
    return status;
}
