/* serve_query: what a request needs a worker for. */
#ifndef SPARKIFY_SERVE_SERVE_QUERY_H
#define SPARKIFY_SERVE_SERVE_QUERY_H

#include "filters.h"
#include "serve_request.h"

/* Asks the lake; what comes of it stays with `ctx`. */
typedef enum status serve_query_fn(void *ctx, struct query_session *session,
                                   const struct query_lake *lake, struct error *error);

struct serve_query {
    struct serve_request *request;
    enum worker_pool_use use;
    const struct filters *filters;
    struct str key; /* of the answer, where it is kept; a null string: it is not */
    serve_query_fn *run;
    void *ctx;
};
/* Runs it over the current version, and again where that was replaced meanwhile. `*out_generation`
 * is that of the version; `*out_is_answered`: the answer was kept, and is sent. */
NODISCARD enum status serve_query_run(const struct serve_query *work, uint64_t *out_generation,
                                      bool *out_is_answered, struct error *error);

#endif
