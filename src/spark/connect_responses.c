/* connect_responses: handles the responses of an operation: progress, metrics, rows and the end. */
#include "connect_operation.h"

#include <inttypes.h>

static uint64_t non_negative(int64_t number)
{
    return number > 0 ? (uint64_t)number : 0;
}

static void handle_progress(struct connect_operation *operation,
                            const Connect__ExecutePlanResponse__ExecutionProgress *from)
{
    struct connect_progress progress = {.tasks_running = non_negative(from->num_inflight_tasks)};
    const struct connect_watch *watch = operation->watch;
    for (size_t i = 0; i < from->n_stages; i++) {
        progress.stages++;
        progress.stages_done += from->stages[i]->done ? 1 : 0;
        progress.tasks += non_negative(from->stages[i]->num_tasks);
        progress.tasks_done += non_negative(from->stages[i]->num_completed_tasks);
        progress.bytes_read += non_negative(from->stages[i]->input_bytes_read);
    }
    if (watch && watch->progress)
        watch->progress(watch->ctx, &progress);
}

static int64_t literal_value(const Connect__Expression__Literal *literal)
{
    bool is_long = literal->literal_type_case == CONNECT__EXPRESSION__LITERAL__LITERAL_TYPE_LONG;
    return is_long ? literal->long_ : CONNECT_NULL;
}

static void handle_metrics(struct connect_operation *operation,
                           const Connect__ExecutePlanResponse__ObservedMetrics *from)
{
    if (!from->name || strcmp(from->name, operation->id) != 0)
        return;
    operation->metrics_received = 0;
    for (size_t i = 0; i < from->n_keys && i < from->n_values; i++)
        for (size_t j = 0; j < operation->metric_count; j++)
            if (strcmp(from->keys[i], operation->metrics[j].name) == 0) {
                operation->outcome.metrics[j] = literal_value(from->values[i]);
                operation->metrics_received++;
            }
}

static enum status count_rows(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    struct connect_operation *operation = ctx;
    operation->outcome.rows += batch->rows;
    return operation->fn(operation->ctx, batch, error);
}

/* Checks by the offset and the count of the batch that no row is missing and none comes twice. */
static enum status handle_rows(struct connect_operation *operation,
                               const Connect__ExecutePlanResponse__ArrowBatch *batch)
{
    struct str stream = {(const char *)batch->data.data, batch->data.len};
    uint64_t before = operation->outcome.rows;
    if (!operation->fn)
        return STATUS_OK;
    if (batch->has_start_offset && non_negative(batch->start_offset) != before)
        return error_set(operation->error, STATUS_CORRUPT,
                         "Spark at %s has sent %" PRIu64 " rows, and continues with row %" PRId64,
                         operation->session->address.endpoint, before, batch->start_offset);
    TRY(arrow_read(stream, count_rows, operation, operation->error));
    operation->has_columns = true;
    uint64_t rows = operation->outcome.rows - before;
    if (rows != non_negative(batch->row_count))
        return error_set(operation->error, STATUS_CORRUPT,
                         "Spark at %s has sent %" PRIu64 " rows, and says that there are %" PRId64,
                         operation->session->address.endpoint, rows, batch->row_count);
    return STATUS_OK;
}

static enum status handle_response(struct connect_operation *operation,
                                   const Connect__ExecutePlanResponse *response)
{
    for (size_t i = 0; i < response->n_observed_metrics; i++)
        handle_metrics(operation, response->observed_metrics[i]);
    switch (response->response_type_case) {
    case CONNECT__EXECUTE_PLAN_RESPONSE__RESPONSE_TYPE_ARROW_BATCH:
        return handle_rows(operation, response->arrow_batch);
    case CONNECT__EXECUTE_PLAN_RESPONSE__RESPONSE_TYPE_EXECUTION_PROGRESS:
        handle_progress(operation, response->execution_progress);
        return STATUS_OK;
    case CONNECT__EXECUTE_PLAN_RESPONSE__RESPONSE_TYPE_RESULT_COMPLETE:
        operation->is_complete = true;
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

/* After reattaching, the last response may come again. */
static bool was_handled(const struct connect_operation *operation, const char *id)
{
    return id && operation->last_response_id.len > 0 &&
           strcmp(operation->last_response_id.data, id) == 0;
}

static void set_last_response(struct connect_operation *operation, const char *id)
{
    if (!id || !*id)
        return;
    buffer_reset(&operation->last_response_id);
    buffer_append(&operation->last_response_id, id, strlen(id) + 1);
    operation->has_progressed = true;
    operation->backoff = (struct connect_backoff){0};
}

bool connect_operation_handle_message(void *ctx, struct str bytes)
{
    struct connect_operation *operation = ctx;
    CLEANUP(connect_message_release) struct connect_message message = {0};
    operation->is_on_server = true;
    if (operation->interrupt_ns)
        return true; /* responses are ignored until the stream ends */
    if (!connect_unpack(&connect__execute_plan_response__descriptor, bytes, &message)) {
        operation->handler_status =
            connect_fail(operation->error, STATUS_CORRUPT, CONNECT_CORRUPT_HINT,
                         "the answer of Spark at %s to a query does not conform to the protocol",
                         operation->session->address.endpoint);
        return false;
    }
    const Connect__ExecutePlanResponse *response = (const void *)message.any;
    if (was_handled(operation, response->response_id))
        return true;
    operation->handler_status = handle_response(operation, response);
    if (operation->handler_status == STATUS_CORRUPT)
        error_hint(operation->error, CONNECT_CORRUPT_HINT);
    set_last_response(operation, response->response_id);
    return operation->handler_status == STATUS_OK;
}
