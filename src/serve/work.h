/* work: what a request needs a worker for. */
#ifndef SPARKIFY_SERVE_WORK_H
#define SPARKIFY_SERVE_WORK_H

#include "filters.h"
#include "request.h"

/* Asks the lake; what comes of it stays with `ctx`. */
typedef enum status work_fn(void *ctx, struct query_session *session, const struct query_lake *lake,
                            struct error *error);

struct work {
    struct request *request;
    enum pool_use use;
    const struct filters *filters;
    struct str key; /* of the answer, where it is kept; a null string: it is not */
    work_fn *run;
    void *ctx;
};
/* Runs it over the current version, and again where that was replaced meanwhile. `*out_generation`
 * is that of the version; `*out_is_answered`: the answer was kept, and is sent. */
NODISCARD enum status work_run(const struct work *work, uint64_t *out_generation,
                               bool *out_is_answered, struct error *error);

#endif
