/* A run of etl may delete the files that a query reads. The query then fails, since names of files
 * are never reused: what it has read is consistent. It is run once more on the new version. */
#include "serve_query.h"

#define TRIES 3

static enum status run_in_worker(const struct serve_query *work,
                                 const struct served_version *version,
                                 const struct query_lake *lake, bool *out_is_answered,
                                 struct error *error)
{
    struct server *server = work->request->server;
    CLEANUP(buffer_release) struct buffer filters = {0};
    struct worker_slot *slot;
    filters_append_key(work->filters, &filters);
    TRY(worker_pool_acquire(&server->pool, work->use, version, buffer_str(&filters),
                            serve_request_is_unwanted, work->request, &slot, error));
    /* another request may have cached the answer while this one waited */
    *out_is_answered = work->key.data && answer_cache_send(&server->answers, version->generation,
                                                           work->key, work->request->connection);
    enum status status =
        *out_is_answered ? STATUS_OK : work->run(work->ctx, slot->session, lake, error);
    worker_pool_return(&server->pool, work->use, slot);
    return status;
}

static enum status run_once(const struct serve_query *work, const struct served_version *version,
                            bool *out_is_answered, struct error *error)
{
    const struct serve_options *options = &work->request->server->options;
    struct query_lake lake = {
        .store = version->opened->store,
        .snapshot = &version->snapshot,
        .from_us = options->from_us,
        .to_us = options->to_us,
        .cache_bytes = options->cache_bytes,
    };
    TRY(filters_apply(work->filters, &lake, error));
    if (work->key.data && answer_cache_send(&work->request->server->answers, version->generation,
                                            work->key, work->request->connection)) {
        *out_is_answered = true;
        return STATUS_OK;
    }
    return run_in_worker(work, version, &lake, out_is_answered, error);
}

/* True where the query may succeed on another version. */
static bool may_be_replaced(enum status status)
{
    return status != STATUS_OK && status != STATUS_USAGE && status != STATUS_LIMIT &&
           status != STATUS_INTERRUPTED && status != STATUS_CONFLICT;
}

enum status serve_query_run(const struct serve_query *work, uint64_t *out_generation,
                            bool *out_is_answered, struct error *error)
{
    struct served_versions *versions = &work->request->server->versions;
    enum status status = STATUS_OK;
    uint64_t asked = 0;
    *out_is_answered = false;
    *out_generation = 0;
    int tries = 0;
    for (; tries < TRIES; tries++) {
        struct served_version *version;
        TRY(served_versions_acquire(versions, tries > 0, &version, error));
        bool is_other = version->generation != asked;
        asked = version->generation;
        if (is_other)
            status = run_once(work, version, out_is_answered, error);
        served_versions_return(versions, version);
        if (!is_other || !may_be_replaced(status))
            break;
    }
    *out_generation = asked;
    if (tries < TRIES)
        return status;
    error_set(error, STATUS_CONFLICT, "runs replace the lake's files faster than they are read");
    return error_hint(
        error, "run the query again; 'sparkify etl' with --grace 10m keeps for readers what it "
               "replaces");
}
