/* worker_pool: the worker processes that run the queries of requests. */
#pragma once

#include "served_versions.h"

enum worker_pool_use {
    POOL_REPORT, /* queries of the report */
    POOL_SQL,    /* SQL of clients: it never occupies all workers */
};

struct worker_slot {
    struct query_session *session; /* NULL: not started */
    uint64_t generation;           /* of the version of its views */
    struct buffer filters;         /* the filters of its views, as text */
    bool is_busy;
    bool (*is_unwanted)(void *); /* of the request that uses it */
    void *is_unwanted_ctx;
};

#define POOL_MAX 16

struct worker_pool {
    const struct serve_options *options;
    char *folder;
    unsigned count;
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t is_free;
        unsigned sql; /* slots used by SQL of clients */
        struct worker_slot slots[POOL_MAX];
    } shared;
};

/* Starts the workers, restricted to the files of the store's lake. */
NODISCARD enum status worker_pool_init(struct worker_pool *pool,
                                       const struct serve_options *options,
                                       const struct store *store, struct error *error);
void worker_pool_release(struct worker_pool *pool);

/* Waits for a worker whose views are of this version and these filters, or not made yet.
 * STATUS_CONFLICT when there is none in time, STATUS_INTERRUPTED when `is_unwanted`. */
NODISCARD enum status worker_pool_acquire(struct worker_pool *pool, enum worker_pool_use use,
                                          const struct served_version *version, struct str filters,
                                          bool (*is_unwanted)(void *), void *ctx,
                                          struct worker_slot **out, struct error *error);
void worker_pool_return(struct worker_pool *pool, enum worker_pool_use use,
                        struct worker_slot *slot);
