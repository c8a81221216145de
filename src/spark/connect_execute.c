/* connect_execute: runs operations. Each is reattachable: it has an id that the client chooses, the
 * server keeps it and its responses while no client is connected
 * (spark.connect.execute.manager.detachedTimeout, 5 minutes), and each response has an id after
 * which the stream can be resumed.
 *
 *      ExecutePlan ──► a stream of responses ──► ResultComplete ──► ReleaseExecute
 *          ▲               │ broken off, or ended before ResultComplete (the server does this
 *          │               ▼ every two minutes)
 *          └───────── ReattachExecute(id of the last response)
 *         OPERATION_NOT_FOUND: the request never arrived
 *
 * Trying again is safe. The server accepts an id once (OPERATION_ALREADY_EXISTS), so nothing runs
 * twice. ExecutePlan is sent again only if no response has come, so a restarted server, which has
 * lost the session's views, does not run the operation after it has sent a part of the rows. An end
 * without ResultComplete is never a success.
 *
 * A query continues on the server when its client disconnects. So, when `cancel` becomes true or a
 * callback fails, the client interrupts the operation on the server, from within the loop that
 * reads its stream. */
#include "connect_operation.h"

#include <assert.h>

#define INTERRUPT_EVERY_MS   500
#define INTERRUPT_LIMIT_MS   1500 /* after which the stream is closed */
#define INTERRUPT_TIMEOUT_MS 800
#define RELEASE_TIMEOUT_MS   1000

static void operation_release(struct connect_operation *operation)
{
    buffer_release(&operation->request);
    buffer_release(&operation->last_response_id);
}

/* ---- Interrupts ------------------------------------------------------------------------------ */

static void send_interrupt(struct connect_operation *operation)
{
    struct connect_session *session = operation->session;
    Connect__InterruptRequest request = CONNECT__INTERRUPT_REQUEST__INIT;
    CONNECT_IDENTIFY(session, &request);
    request.has_interrupt_type = true;
    request.interrupt_type =
        CONNECT__INTERRUPT_REQUEST__INTERRUPT_TYPE__INTERRUPT_TYPE_OPERATION_ID;
    request.operation_id = operation->id;
    connect_tell(session, "Interrupt", &request.base, INTERRUPT_TIMEOUT_MS);
}

/* Otherwise the server releases it after five minutes. */
static void release_operation(struct connect_operation *operation)
{
    struct connect_session *session = operation->session;
    Connect__ReleaseExecuteRequest request = CONNECT__RELEASE_EXECUTE_REQUEST__INIT;
    Connect__ReleaseExecuteRequest__ReleaseAll all =
        CONNECT__RELEASE_EXECUTE_REQUEST__RELEASE_ALL__INIT;
    CONNECT_IDENTIFY(session, &request);
    request.operation_id = operation->id;
    request.release_all = &all;
    connect_tell(session, "ReleaseExecute", &request.base, RELEASE_TIMEOUT_MS);
}

/* Interrupts the operation when it is cancelled. The interrupt is repeated, because the first may
 * reach the server before the plan does. */
static bool go_on(void *ctx)
{
    struct connect_operation *operation = ctx;
    uint64_t now = clock_ns();
    if (!operation->interrupt_ns) {
        if (!connect_is_cancelled(operation->session))
            return true;
        operation->interrupt_ns = operation->next_interrupt_ns = now;
    }
    if (now - operation->interrupt_ns > (uint64_t)INTERRUPT_LIMIT_MS * NS_PER_MS)
        return false;
    if (now >= operation->next_interrupt_ns) {
        send_interrupt(operation);
        operation->next_interrupt_ns = clock_ns() + (uint64_t)INTERRUPT_EVERY_MS * NS_PER_MS;
    }
    return true;
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void pack_reattach(struct connect_operation *operation, struct buffer *out)
{
    struct connect_session *session = operation->session;
    Connect__ReattachExecuteRequest request = CONNECT__REATTACH_EXECUTE_REQUEST__INIT;
    CONNECT_IDENTIFY(session, &request);
    request.operation_id = operation->id;
    request.client_observed_server_side_session_id = connect_borrow(session->server_id);
    if (operation->last_response_id.len > 0)
        request.last_response_id = operation->last_response_id.data;
    connect_pack(&request.base, out);
}

static void run_stream(struct connect_operation *operation, struct grpc_result *out_result)
{
    CLEANUP(buffer_release) struct buffer reattach = {0};
    bool is_on_server = operation->is_on_server;
    operation->has_progressed = false;
    if (is_on_server)
        pack_reattach(operation, &reattach);
    grpc_call(&operation->session->address.server,
              &(struct grpc_call){
                  .method = is_on_server ? "ReattachExecute" : "ExecutePlan",
                  .request = buffer_str(is_on_server ? &reattach : &operation->request),
                  .message = connect_operation_handle_message,
                  .go_on = go_on,
                  .ctx = operation,
              },
              out_result);
    if (is_on_server && out_result->message_count > 0)
        operation->outcome.reattached++;
}

enum next { NEXT_DONE, NEXT_AGAIN, NEXT_WAIT, NEXT_FAILED };

static bool has_class(const struct grpc_result *result, const char *error_class)
{
    struct connect_details details;
    connect_read_details(result, &details);
    return strcmp(details.error_class, error_class) == 0;
}

static enum next classify_error(struct connect_operation *operation,
                                const struct grpc_result *result)
{
    bool was_answered = operation->last_response_id.len > 0;
    if (connect_is_lost(result) || has_class(result, "INVALID_CURSOR.DISCONNECTED")) {
        operation->is_on_server = true; /* unless the server then says OPERATION_NOT_FOUND */
        return NEXT_WAIT;
    }
    if (result->end != GRPC_END_STATUS)
        return NEXT_FAILED;
    if (!operation->is_on_server && has_class(result, "INVALID_HANDLE.OPERATION_ALREADY_EXISTS")) {
        operation->is_on_server = true;
        return NEXT_WAIT;
    }
    if (operation->is_on_server && !was_answered &&
        has_class(result, "INVALID_HANDLE.OPERATION_NOT_FOUND")) {
        operation->is_on_server = false;
        return NEXT_WAIT;
    }
    return NEXT_FAILED;
}

static enum next classify_stream(struct connect_operation *operation,
                                 const struct grpc_result *result)
{
    if (operation->handler_status != STATUS_OK || operation->interrupt_ns)
        return NEXT_FAILED;
    if (operation->is_complete)
        return NEXT_DONE;
    if (result->end == GRPC_END_STATUS && result->status == GRPC_OK) {
        operation->is_on_server = true;
        return operation->has_progressed ? NEXT_AGAIN : NEXT_WAIT;
    }
    return classify_error(operation, result);
}

/* Sets the error of a failed operation, and releases the operation on the server if that responds.
 */
static enum status fail(struct connect_operation *operation, const struct grpc_result *result,
                        struct error *error)
{
    bool is_refused = operation->handler_status != STATUS_OK;
    if (is_refused || operation->interrupt_ns || connect_is_cancelled(operation->session)) {
        if (!operation->interrupt_ns)
            send_interrupt(operation);
        release_operation(operation);
        return is_refused ? operation->handler_status : connect_interrupted(error);
    }
    if (result->end == GRPC_END_STATUS && result->status == GRPC_OK)
        return connect_fail(error, STATUS_UNREACHABLE, "read the server's log, and run again",
                            "Spark at %s ends its answers before they are complete",
                            operation->session->address.endpoint);
    enum status status = connect_error(operation->session, "ExecutePlan", result, error);
    if (!connect_is_lost(result))
        release_operation(operation);
    return status;
}

static enum status run(struct connect_operation *operation, struct error *error)
{
    CLEANUP(grpc_result_release) struct grpc_result result = {0};
    for (;;) {
        run_stream(operation, &result);
        enum next next = classify_stream(operation, &result);
        if (next == NEXT_DONE) {
            release_operation(operation);
            return STATUS_OK;
        }
        if (next == NEXT_FAILED ||
            (next == NEXT_WAIT && !connect_backoff_wait(operation->session, &operation->backoff)))
            return fail(operation, &result, error);
    }
}

/* ---- Operations ------------------------------------------------------------------------------ */

/* Checks that the rows and metrics have come: Spark sends the columns even if there are no rows,
 * and all metrics at once. */
static enum status check_complete(const struct connect_operation *operation, struct error *error)
{
    const char *missing = operation->fn && !operation->has_columns                 ? "rows"
                          : operation->metrics_received != operation->metric_count ? "counts"
                                                                                   : NULL;
    if (!missing)
        return STATUS_OK;
    return connect_fail(error, STATUS_CORRUPT, CONNECT_CORRUPT_HINT,
                        "Spark at %s ended a query without sending its %s",
                        operation->session->address.endpoint, missing);
}

static void pack_execute(struct connect_operation *operation, Connect__Plan *plan)
{
    struct connect_session *session = operation->session;
    Connect__ExecutePlanRequest request = CONNECT__EXECUTE_PLAN_REQUEST__INIT;
    Connect__ExecutePlanRequest__RequestOption option =
        CONNECT__EXECUTE_PLAN_REQUEST__REQUEST_OPTION__INIT;
    Connect__ReattachOptions reattach = CONNECT__REATTACH_OPTIONS__INIT;
    Connect__ExecutePlanRequest__RequestOption *options[] = {&option};
    reattach.has_reattachable = reattach.reattachable = true;
    option.reattach_options = &reattach;
    CONNECT_IDENTIFY(session, &request);
    request.client_observed_server_side_session_id = connect_borrow(session->server_id);
    request.operation_id = operation->id;
    request.request_options = options;
    request.n_request_options = 1;
    request.plan = plan;
    connect_pack(&request.base, &operation->request);
}

/* Runs `plan` as an operation; `how` has its id and the handling of its responses. */
static enum status execute(const struct connect_operation *how, Connect__Plan *plan,
                           struct connect_outcome *out_outcome, struct error *error)
{
    CLEANUP(operation_release) struct connect_operation operation = *how;
    operation.error = error;
    assert(operation.metric_count <= CONNECT_MAX_METRICS);
    for (size_t i = 0; i < CONNECT_MAX_METRICS; i++)
        operation.outcome.metrics[i] = CONNECT_NULL;
    pack_execute(&operation, plan);
    if (connect_is_cancelled(operation.session))
        return connect_interrupted(error);
    enum status status = run(&operation, error);
    if (status == STATUS_OK)
        status = check_complete(&operation, error);
    if (status == STATUS_OK && out_outcome)
        *out_outcome = operation.outcome;
    return status;
}

static struct connect_operation new_operation(struct connect_session *session,
                                              const struct connect_watch *watch)
{
    struct connect_operation operation = {.session = session, .watch = watch};
    uuid_make(operation.id);
    return operation;
}

enum status connect_create_view(struct connect_session *session, const char *name,
                                const struct connect_relation *relation, struct error *error)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct connect_operation how = new_operation(session, NULL);
    return execute(&how, connect_plan_view(&arena, name, relation), NULL, error);
}

enum status connect_command(struct connect_session *session, const char *sql,
                            const struct connect_watch *watch, struct error *error)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct connect_operation how = new_operation(session, watch);
    return execute(&how, connect_plan_command(&arena, sql), NULL, error);
}

enum status connect_query(struct connect_session *session, const struct connect_relation *relation,
                          arrow_batch_fn *fn, void *ctx, const struct connect_watch *watch,
                          struct connect_outcome *out_outcome, struct error *error)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct connect_operation how = new_operation(session, watch);
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
    struct connect_operation how = new_operation(session, watch);
    how.metrics = write->input.metrics;
    how.metric_count = write->input.metric_count;
    return execute(&how, connect_plan_write(&arena, write, how.id), out_outcome, error);
}
