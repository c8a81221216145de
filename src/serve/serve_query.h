/* serve_query: runs the queries of a request on a worker. */
#pragma once

#include "filters.h"
#include "serve_request.h"

/* Queries the lake; the result is left in `ctx`. */
typedef enum status serve_query_fn(void *ctx, struct query_session *session,
                                   const struct query_lake *lake, struct error *error);

struct serve_query {
    struct serve_request *request;
    enum worker_pool_use use;
    const struct filters *filters;
    struct str key; /* cache key of the answer; a null string: not cached */
    serve_query_fn *run;
    void *ctx;
};
/* Runs the query over the current version, and again where that was replaced meanwhile.
 * `*out_generation` is that of the version; `*out_is_answered`: the answer was cached, and is sent.
 */
NODISCARD enum status serve_query_run(const struct serve_query *work, uint64_t *out_generation,
                                      bool *out_is_answered, struct error *error);
