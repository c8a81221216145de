/* Operations. Each is reattachable: it has an id of ours, the server keeps it and its answers while
 * nobody is connected (spark.connect.execute.manager.detachedTimeout, 5 minutes), and each answer
 * has an id from which the stream is taken up again.
 *
 *      ExecutePlan ──► a stream of answers ──► ResultComplete ──► ReleaseExecute
 *          ▲               │ broken off, or ended before ResultComplete (the server does this
 *          │               ▼ every two minutes)
 *          └───────── ReattachExecute(id of the last answer)
 *         not known there: it never arrived
 *
 * Why sending again is safe: the server takes an operation's id once (OPERATION_ALREADY_EXISTS), so
 * nothing runs twice; ExecutePlan is sent again only while no answer has come, so a server that was
 * started anew (and has lost our views) cannot begin from the middle. An end without ResultComplete
 * is never taken for success.
 *
 * A client that goes away does not stop its query: on `cancel`, and when a callback fails, the
 * operation is interrupted on the server, from within the loop that reads its stream. */
#include "connect_private.h"

#include <assert.h>
#include <inttypes.h>

#define NS_PER_MS            1000000u
#define INTERRUPT_EVERY_MS   500
#define INTERRUPT_LIMIT_MS   1500 /* then the stream is dropped */
#define INTERRUPT_TIMEOUT_MS 800
#define RELEASE_TIMEOUT_MS   1000

struct operation {
    struct connect_session *session;
    char id[CONNECT_UUID_LEN + 1];
    struct buffer request; /* ExecutePlan's */
    const struct connect_watch *watch;
    const struct connect_metric *metrics;
    size_t metric_count;
    arrow_batch_fn *fn; /* NULL: rows are not expected, and not looked at */
    void *ctx;
    struct connect_outcome outcome;
    bool has_columns; /* rows, if there are any, have come with their schema */
    size_t metrics_come;
    uint64_t start_ns;

    struct buffer last_answer; /* its id, terminated; empty: none has come */
    bool has_news;             /* the stream has brought an answer that had not come before */
    bool is_complete;
    bool is_known;         /* the server has it: reattach */
    enum status fn_status; /* what went wrong while an answer was handled, beside the stream */
    struct error *error;   /* of it */
    uint64_t interrupt_ns; /* when it was first interrupted; 0: not */
    uint64_t interrupt_due_ns;
    struct connect_backoff backoff;
};

static void operation_release(struct operation *operation)
{
    buffer_release(&operation->request);
    buffer_release(&operation->last_answer);
}

/* ---- Answers --------------------------------------------------------------------------------- */

static uint64_t positive(int64_t number)
{
    return number > 0 ? (uint64_t)number : 0;
}

static void take_progress(struct operation *operation,
                          const Connect__ExecutePlanResponse__ExecutionProgress *from)
{
    struct connect_progress progress = {.tasks_running = positive(from->num_inflight_tasks)};
    const struct connect_watch *watch = operation->watch;
    for (size_t i = 0; i < from->n_stages; i++) {
        progress.stages++;
        progress.stages_done += from->stages[i]->done ? 1 : 0;
        progress.tasks += positive(from->stages[i]->num_tasks);
        progress.tasks_done += positive(from->stages[i]->num_completed_tasks);
        progress.bytes_read += positive(from->stages[i]->input_bytes_read);
    }
    progress.seconds = clock_seconds_since(operation->start_ns);
    operation->outcome.progress = progress;
    if (watch && watch->progress)
        watch->progress(watch->ctx, &progress);
}

static struct connect_value value_of(const Connect__Expression__Literal *literal)
{
    switch (literal->literal_type_case) {
    case CONNECT__EXPRESSION__LITERAL__LITERAL_TYPE_BOOLEAN:
        return (struct connect_value){false, literal->boolean};
    case CONNECT__EXPRESSION__LITERAL__LITERAL_TYPE_BYTE:
        return (struct connect_value){false, literal->byte};
    case CONNECT__EXPRESSION__LITERAL__LITERAL_TYPE_SHORT:
        return (struct connect_value){false, literal->short_};
    case CONNECT__EXPRESSION__LITERAL__LITERAL_TYPE_INTEGER:
        return (struct connect_value){false, literal->integer};
    case CONNECT__EXPRESSION__LITERAL__LITERAL_TYPE_LONG:
        return (struct connect_value){false, literal->long_};
    default:
        return (struct connect_value){.is_null = true};
    }
}

static void take_metrics(struct operation *operation,
                         const Connect__ExecutePlanResponse__ObservedMetrics *from)
{
    if (!from->name || strcmp(from->name, operation->id) != 0)
        return;
    operation->metrics_come = 0;
    for (size_t i = 0; i < from->n_keys && i < from->n_values; i++)
        for (size_t j = 0; j < operation->metric_count; j++)
            if (strcmp(from->keys[i], operation->metrics[j].name) == 0) {
                operation->outcome.metrics[j] = value_of(from->values[i]);
                operation->metrics_come++;
            }
}

static enum status count_rows(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    struct operation *operation = ctx;
    operation->outcome.rows += batch->rows;
    return operation->fn(operation->ctx, batch, error);
}

/* No row may be missing, and none may come twice. */
static enum status take_rows(struct operation *operation,
                             const Connect__ExecutePlanResponse__ArrowBatch *batch)
{
    struct str stream = {(const char *)batch->data.data, batch->data.len};
    uint64_t before = operation->outcome.rows;
    if (!operation->fn)
        return STATUS_OK;
    if (batch->has_start_offset && positive(batch->start_offset) != before)
        return error_set(operation->error, STATUS_CORRUPT,
                         "Spark at %s has sent %" PRIu64 " rows, and goes on with row %" PRId64,
                         operation->session->address.endpoint, before, batch->start_offset);
    TRY(arrow_read(stream, count_rows, operation, operation->error));
    operation->has_columns = true;
    uint64_t rows = operation->outcome.rows - before;
    if (rows != positive(batch->row_count))
        return error_set(operation->error, STATUS_CORRUPT,
                         "Spark at %s has sent %" PRIu64 " rows, and says that they are %" PRId64,
                         operation->session->address.endpoint, rows, batch->row_count);
    return STATUS_OK;
}

static enum status take_response(struct operation *operation,
                                 const Connect__ExecutePlanResponse *response)
{
    for (size_t i = 0; i < response->n_observed_metrics; i++)
        take_metrics(operation, response->observed_metrics[i]);
    switch (response->response_type_case) {
    case CONNECT__EXECUTE_PLAN_RESPONSE__RESPONSE_TYPE_ARROW_BATCH:
        return take_rows(operation, response->arrow_batch);
    case CONNECT__EXECUTE_PLAN_RESPONSE__RESPONSE_TYPE_EXECUTION_PROGRESS:
        take_progress(operation, response->execution_progress);
        return STATUS_OK;
    case CONNECT__EXECUTE_PLAN_RESPONSE__RESPONSE_TYPE_RESULT_COMPLETE:
        operation->is_complete = true;
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

/* The answer after which a stream was taken up may come again. */
static bool has_come(const struct operation *operation, const char *id)
{
    return id && operation->last_answer.len > 0 && strcmp(operation->last_answer.data, id) == 0;
}

static void remember_answer(struct operation *operation, const char *id)
{
    if (!id || !*id)
        return;
    buffer_reset(&operation->last_answer);
    buffer_append(&operation->last_answer, id, strlen(id) + 1);
    operation->has_news = true;
    operation->backoff = (struct connect_backoff){0};
}

static bool take_message(void *ctx, struct str bytes)
{
    struct operation *operation = ctx;
    CLEANUP(connect_message_release) struct connect_message message = {0};
    operation->is_known = true;
    if (operation->interrupt_ns)
        return true; /* only the end of the stream counts */
    if (!connect_unpack(&connect__execute_plan_response__descriptor, bytes, &message)) {
        error_set(operation->error, STATUS_CORRUPT,
                  "what Spark at %s answers to a query is not as the protocol says",
                  operation->session->address.endpoint);
        operation->fn_status = error_hint(operation->error, CONNECT_CORRUPT_HINT);
        return false;
    }
    const Connect__ExecutePlanResponse *response = (const void *)message.any;
    if (has_come(operation, response->response_id))
        return true;
    operation->fn_status = take_response(operation, response);
    if (operation->fn_status == STATUS_CORRUPT)
        error_hint(operation->error, CONNECT_CORRUPT_HINT);
    remember_answer(operation, response->response_id);
    return operation->fn_status == STATUS_OK;
}

/* ---- Ending it early ------------------------------------------------------------------------- */

static void send_interrupt(struct operation *operation)
{
    struct connect_session *session = operation->session;
    Connect__InterruptRequest request = CONNECT__INTERRUPT_REQUEST__INIT;
    struct error ignored;
    request.session_id = session->id;
    request.user_context = &session->user;
    request.client_type = session->client;
    request.has_interrupt_type = true;
    request.interrupt_type =
        CONNECT__INTERRUPT_REQUEST__INTERRUPT_TYPE__INTERRUPT_TYPE_OPERATION_ID;
    request.operation_id = operation->id;
    enum status status = connect_unary(session,
                                       &(struct connect_unary){.method = "Interrupt",
                                                               .request = &request.base,
                                                               .timeout_ms = INTERRUPT_TIMEOUT_MS,
                                                               .once = true},
                                       NULL, &ignored);
    (void)status; /* sent again until the stream ends, or it is given up */
}

static void release_operation(struct operation *operation)
{
    struct connect_session *session = operation->session;
    Connect__ReleaseExecuteRequest request = CONNECT__RELEASE_EXECUTE_REQUEST__INIT;
    Connect__ReleaseExecuteRequest__ReleaseAll all =
        CONNECT__RELEASE_EXECUTE_REQUEST__RELEASE_ALL__INIT;
    struct error ignored;
    request.session_id = session->id;
    request.user_context = &session->user;
    request.client_type = session->client;
    request.operation_id = operation->id;
    request.release_all = &all;
    enum status status = connect_unary(session,
                                       &(struct connect_unary){.method = "ReleaseExecute",
                                                               .request = &request.base,
                                                               .timeout_ms = RELEASE_TIMEOUT_MS,
                                                               .once = true},
                                       NULL, &ignored);
    (void)status; /* the server lets go of it itself, five minutes later */
}

/* The plan may be on its way still when the first one is sent: hence again and again. */
static bool go_on(void *ctx)
{
    struct operation *operation = ctx;
    uint64_t now = clock_ns();
    if (!operation->interrupt_ns) {
        if (!connect_is_cancelled(operation->session))
            return true;
        operation->interrupt_ns = operation->interrupt_due_ns = now;
    }
    if (now - operation->interrupt_ns > (uint64_t)INTERRUPT_LIMIT_MS * NS_PER_MS)
        return false;
    if (now >= operation->interrupt_due_ns) {
        send_interrupt(operation);
        operation->interrupt_due_ns = clock_ns() + (uint64_t)INTERRUPT_EVERY_MS * NS_PER_MS;
    }
    return true;
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void pack_reattach(struct operation *operation, struct buffer *out)
{
    struct connect_session *session = operation->session;
    Connect__ReattachExecuteRequest request = CONNECT__REATTACH_EXECUTE_REQUEST__INIT;
    request.session_id = session->id;
    request.user_context = &session->user;
    request.client_type = session->client;
    request.operation_id = operation->id;
    request.client_observed_server_side_session_id = session->server_id;
    if (operation->last_answer.len > 0)
        request.last_response_id = operation->last_answer.data;
    connect_pack(&request.base, out);
}

static void run_stream(struct operation *operation, struct grpc_result *out_result)
{
    CLEANUP(buffer_release) struct buffer reattach = {0};
    bool is_known = operation->is_known;
    operation->has_news = false;
    if (is_known)
        pack_reattach(operation, &reattach);
    grpc_call(&operation->session->server,
              &(struct grpc_call){
                  .method = is_known ? "ReattachExecute" : "ExecutePlan",
                  .request = buffer_str(is_known ? &reattach : &operation->request),
                  .message = take_message,
                  .go_on = go_on,
                  .ctx = operation,
              },
              out_result);
    if (is_known && out_result->message_count > 0)
        operation->outcome.reattached++;
}

enum next { NEXT_DONE, NEXT_AGAIN, NEXT_WAIT, NEXT_FAILED };

static bool has_class(const struct grpc_result *result, const char *error_class)
{
    struct connect_details details;
    connect_read_details(result, &details);
    return strcmp(details.error_class, error_class) == 0;
}

static enum next judge_error(struct operation *operation, const struct grpc_result *result)
{
    bool was_answered = operation->last_answer.len > 0;
    if (connect_is_lost(result) || has_class(result, "INVALID_CURSOR.DISCONNECTED")) {
        operation->is_known = true; /* until the server says that it is not */
        return NEXT_WAIT;
    }
    if (result->end != GRPC_END_STATUS)
        return NEXT_FAILED;
    if (!operation->is_known && has_class(result, "INVALID_HANDLE.OPERATION_ALREADY_EXISTS")) {
        operation->is_known = true;
        return NEXT_WAIT;
    }
    if (operation->is_known && !was_answered &&
        has_class(result, "INVALID_HANDLE.OPERATION_NOT_FOUND")) {
        operation->is_known = false;
        return NEXT_WAIT;
    }
    return NEXT_FAILED;
}

static enum next judge_stream(struct operation *operation, const struct grpc_result *result)
{
    if (operation->fn_status != STATUS_OK || operation->interrupt_ns)
        return NEXT_FAILED;
    if (operation->is_complete)
        return NEXT_DONE;
    if (result->end == GRPC_END_STATUS && result->status == GRPC_OK) {
        operation->is_known = true;
        return operation->has_news ? NEXT_AGAIN : NEXT_WAIT;
    }
    return judge_error(operation, result);
}

/* Why it has failed; lets go of it on the server where that answers. */
static enum status fail(struct operation *operation, const struct grpc_result *result,
                        struct error *error)
{
    if (operation->fn_status != STATUS_OK) {
        send_interrupt(operation);
        release_operation(operation);
        return operation->fn_status;
    }
    if (operation->interrupt_ns || connect_is_cancelled(operation->session)) {
        if (!operation->interrupt_ns)
            send_interrupt(operation);
        release_operation(operation);
        return connect_interrupted(error);
    }
    if (result->end == GRPC_END_STATUS && result->status == GRPC_OK) {
        error_set(error, STATUS_UNREACHABLE,
                  "Spark at %s ends its answers before they are complete",
                  operation->session->address.endpoint);
        return error_hint(error, "read the server's log, and run again");
    }
    enum status status = connect_error(operation->session, "ExecutePlan", result, error);
    if (!connect_is_lost(result))
        release_operation(operation);
    return status;
}

static enum status run(struct operation *operation, struct error *error)
{
    CLEANUP(grpc_result_release) struct grpc_result result = {0};
    for (;;) {
        run_stream(operation, &result);
        switch (judge_stream(operation, &result)) {
        case NEXT_DONE:
            release_operation(operation);
            return STATUS_OK;
        case NEXT_AGAIN:
            break;
        case NEXT_WAIT:
            if (!connect_backoff_wait(operation->session, &operation->backoff))
                return fail(operation, &result, error);
            break;
        case NEXT_FAILED:
        default:
            return fail(operation, &result, error);
        }
    }
}

/* ---- Operations ------------------------------------------------------------------------------ */

/* Spark sends the columns also where there is no row, and all metrics at once. A server that says
 * "complete" and sends nothing is not believed. */
static enum status check_complete(const struct operation *operation, struct error *error)
{
    const char *missing = operation->fn && !operation->has_columns             ? "rows"
                          : operation->metrics_come != operation->metric_count ? "counts"
                                                                               : NULL;
    if (!missing)
        return STATUS_OK;
    error_set(error, STATUS_CORRUPT, "Spark at %s ends a query and has not sent its %s",
              operation->session->address.endpoint, missing);
    return error_hint(error, CONNECT_CORRUPT_HINT);
}

static void pack_execute(struct operation *operation, Connect__Plan *plan)
{
    struct connect_session *session = operation->session;
    Connect__ExecutePlanRequest request = CONNECT__EXECUTE_PLAN_REQUEST__INIT;
    Connect__ExecutePlanRequest__RequestOption option =
        CONNECT__EXECUTE_PLAN_REQUEST__REQUEST_OPTION__INIT;
    Connect__ReattachOptions reattach = CONNECT__REATTACH_OPTIONS__INIT;
    Connect__ExecutePlanRequest__RequestOption *options[] = {&option};
    reattach.has_reattachable = reattach.reattachable = true;
    option.reattach_options = &reattach;
    request.session_id = session->id;
    request.user_context = &session->user;
    request.client_type = session->client;
    request.client_observed_server_side_session_id = session->server_id;
    request.operation_id = operation->id;
    request.request_options = options;
    request.n_request_options = 1;
    request.plan = plan;
    connect_pack(&request.base, &operation->request);
}

/* `how` says what to do with the answers, and has the operation's id. */
static enum status execute(const struct operation *how, Connect__Plan *plan,
                           struct connect_outcome *out_outcome, struct error *error)
{
    CLEANUP(operation_release) struct operation operation = *how;
    operation.start_ns = clock_ns();
    operation.error = error;
    assert(operation.metric_count <= CONNECT_MAX_METRICS);
    for (size_t i = 0; i < CONNECT_MAX_METRICS; i++)
        operation.outcome.metrics[i].is_null = true;
    pack_execute(&operation, plan);
    if (connect_is_cancelled(operation.session))
        return connect_interrupted(error);
    enum status status = run(&operation, error);
    if (status == STATUS_OK)
        status = check_complete(&operation, error);
    operation.outcome.progress.seconds = clock_seconds_since(operation.start_ns);
    if (status == STATUS_OK && out_outcome)
        *out_outcome = operation.outcome;
    return status;
}

static struct operation new_operation(struct connect_session *session,
                                      const struct connect_watch *watch)
{
    struct operation operation = {.session = session, .watch = watch};
    uuid_make(operation.id);
    return operation;
}

enum status connect_create_view(struct connect_session *session, const char *name,
                                const struct connect_relation *relation, struct error *error)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct operation how = new_operation(session, NULL);
    return execute(&how, connect_plan_view(&arena, name, relation), NULL, error);
}

enum status connect_command(struct connect_session *session, const char *sql,
                            const struct connect_watch *watch, struct error *error)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct operation how = new_operation(session, watch);
    return execute(&how, connect_plan_command(&arena, sql), NULL, error);
}

enum status connect_query(struct connect_session *session, const struct connect_relation *relation,
                          arrow_batch_fn *fn, void *ctx, const struct connect_watch *watch,
                          struct connect_outcome *out_outcome, struct error *error)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct operation how = new_operation(session, watch);
    how.metrics = relation->metrics;
    how.metric_count = relation->metric_count;
    how.fn = fn;
    how.ctx = ctx;
    return execute(&how, connect_plan_query(&arena, relation, how.id), out_outcome, error);
}

enum status connect_write(struct connect_session *session, const struct connect_write *write,
                          const struct connect_watch *watch, struct connect_outcome *out_outcome,
                          struct error *error)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct operation how = new_operation(session, watch);
    how.metrics = write->input.metrics;
    how.metric_count = write->input.metric_count;
    return execute(&how, connect_plan_write(&arena, write, how.id), out_outcome, error);
}
