/* connect_operation: an operation that runs on the server, and the handling of its responses.
 * Private to connect_execute.c and connect_responses.c. */
#pragma once

#include "connect_private.h"

struct connect_operation {
    struct connect_session *session;
    char id[UUID_TEXT];    /* chosen by this client */
    struct buffer request; /* the ExecutePlanRequest */
    const struct connect_watch *watch;
    const struct connect_metric *metrics;
    size_t metric_count;
    arrow_batch_fn *fn; /* NULL: the operation returns no rows, and any that come are ignored */
    void *ctx;
    struct connect_outcome outcome;
    bool has_columns; /* a batch has come, with its schema */
    size_t metrics_received;

    struct buffer last_response_id; /* terminated; empty: no response has come */
    bool has_progressed; /* the current stream has brought a response for the first time */
    bool is_complete;
    bool is_on_server;          /* as far as is known: reattach instead of executing */
    enum status handler_status; /* of the handling of a response, as opposed to the stream */
    struct error *error;        /* of handler_status */
    uint64_t interrupt_ns;      /* when it was first interrupted; 0: not */
    uint64_t next_interrupt_ns;
    struct connect_backoff backoff;
};

/* A grpc_message_fn whose `ctx` is a connect_operation: handles an ExecutePlanResponse. Returns
 * false, with handler_status and *error set, if the stream must end: STATUS_CORRUPT for a response
 * that does not conform to the protocol, otherwise the status of operation->fn. */
bool connect_operation_handle_message(void *ctx, struct str bytes);
