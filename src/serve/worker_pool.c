/* Workers are started again for each version of the lake, since the kernel restricts a worker to
 * the folder that existed when it began. */
#include "worker_pool.h"

#include <time.h>

#define FRAME_BYTES ((size_t)64 << 20)
/* The address space of the library, stacks and read buffers. */
#define PROCESS_EXTRA ((size_t)1 << 30)
/* The report's own statements may take so many times the time limit. */
#define REPORT_TIME_FACTOR 4
#define WAIT_S             30 /* a request waits so much longer than the time limit of a query */
#define POLL_MS            100

static bool is_unwanted(void *ctx)
{
    const struct worker_slot *slot = ctx;
    return slot->is_unwanted && slot->is_unwanted(slot->is_unwanted_ctx);
}

static enum status start(struct worker_pool *pool, struct worker_slot *slot, struct error *error)
{
    const struct serve_options *options = pool->options;
    struct query_options query = {
        .threads = options->threads,
        .memory_bytes = options->memory_bytes,
        .cancel = options->stop,
        .spawner = options->spawner,
        .folder = pool->folder,
        .process_bytes = options->memory_bytes + options->memory_bytes / 2 + PROCESS_EXTRA,
        .frame_bytes = FRAME_BYTES,
        .time_limit_ms = options->time_limit_ms,
        .is_unwanted = is_unwanted,
        .is_unwanted_ctx = slot,
    };
    query_session_free(slot->session);
    slot->session = NULL;
    return query_session_new(&query, &slot->session, error);
}

enum status worker_pool_init(struct worker_pool *pool, const struct serve_options *options,
                             const struct store *store, struct error *error)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    *pool = (struct worker_pool){
        .options = options,
        .count = options->workers,
        .shared = {.mutex = PTHREAD_MUTEX_INITIALIZER, .is_free = PTHREAD_COND_INITIALIZER}};
    TRY(query_append_folder(store, &folder, error));
    pool->folder = str_dup(buffer_str(&folder));
    for (unsigned i = 0; i < pool->count; i++)
        TRY(start(pool, &pool->shared.slots[i], error));
    return STATUS_OK;
}

void worker_pool_release(struct worker_pool *pool)
{
    for (unsigned i = 0; i < pool->count; i++) {
        query_session_free(pool->shared.slots[i].session);
        buffer_release(&pool->shared.slots[i].filters);
    }
    mem_free(pool->folder);
    pthread_cond_destroy(&pool->shared.is_free);
    pthread_mutex_destroy(&pool->shared.mutex);
    *pool = (struct worker_pool){0};
}

/* ---- Choosing -------------------------------------------------------------------------------- */

static bool has_views(const struct worker_slot *slot, uint64_t generation, struct str filters)
{
    return slot->generation == generation && slot->filters.len == filters.len &&
           (filters.len == 0 || memcmp(slot->filters.data, filters.data, filters.len) == 0);
}

/* A free worker, preferably one whose views fit already. */
static struct worker_slot *find_locked(struct worker_pool *pool, enum worker_pool_use use,
                                       uint64_t generation, struct str filters)
{
    struct worker_slot *found = NULL;
    if (use == POOL_SQL && pool->shared.sql + 1 >= pool->count)
        return NULL;
    for (unsigned i = 0; i < pool->count; i++) {
        struct worker_slot *slot = &pool->shared.slots[i];
        if (!slot->is_busy && (!found || has_views(slot, generation, filters)))
            found = slot;
    }
    return found;
}

static void wait_locked(struct worker_pool *pool)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += POLL_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&pool->shared.is_free, &pool->shared.mutex, &until);
}

static enum status busy(const struct worker_pool *pool, struct error *error)
{
    error_set(error, STATUS_CONFLICT, "all workers are busy with other queries");
    return error_hint(error, "try again in a moment; %u queries run at once", pool->count - 1);
}

static enum status reserve(struct worker_pool *pool, enum worker_pool_use use,
                           const struct served_version *version, struct str filters,
                           bool (*unwanted)(void *), void *ctx, struct worker_slot **out,
                           struct error *error)
{
    uint64_t began_ns = clock_ns();
    double patience_s = pool->options->time_limit_ms / 1000.0 + WAIT_S;
    enum status status = STATUS_OK;
    pthread_mutex_lock(&pool->shared.mutex);
    while (!(*out = find_locked(pool, use, version->generation, filters))) {
        if (atomic_load(pool->options->stop) || unwanted(ctx))
            status = error_set(error, STATUS_INTERRUPTED, "interrupted");
        else if (clock_seconds_since(began_ns) > patience_s)
            status = busy(pool, error);
        if (status != STATUS_OK)
            break;
        wait_locked(pool);
    }
    if (*out) {
        (*out)->is_busy = true;
        pool->shared.sql += use == POOL_SQL;
    }
    pthread_mutex_unlock(&pool->shared.mutex);
    return status;
}

enum status worker_pool_acquire(struct worker_pool *pool, enum worker_pool_use use,
                                const struct served_version *version, struct str filters,
                                bool (*unwanted)(void *), void *ctx, struct worker_slot **out,
                                struct error *error)
{
    struct worker_slot *slot = NULL;
    TRY(reserve(pool, use, version, filters, unwanted, ctx, &slot, error));
    slot->is_unwanted = unwanted;
    slot->is_unwanted_ctx = ctx;
    enum status status = STATUS_OK;
    bool is_new = slot->generation == 0, is_other = slot->generation != version->generation;
    if (!slot->session || (is_other && !is_new))
        status = start(pool, slot, error);
    if (status != STATUS_OK) {
        worker_pool_return(pool, use, slot);
        return status;
    }
    unsigned longer = use == POOL_REPORT ? REPORT_TIME_FACTOR : 1;
    query_session_limit_time(slot->session, pool->options->time_limit_ms * longer);
    if (!has_views(slot, version->generation, filters)) {
        query_forget_tables(slot->session);
        slot->generation = version->generation;
        buffer_set(&slot->filters, filters);
    }
    *out = slot;
    return STATUS_OK;
}

void worker_pool_return(struct worker_pool *pool, enum worker_pool_use use,
                        struct worker_slot *slot)
{
    pthread_mutex_lock(&pool->shared.mutex);
    slot->is_unwanted = NULL;
    slot->is_busy = false;
    pool->shared.sql -= use == POOL_SQL;
    pthread_cond_broadcast(&pool->shared.is_free);
    pthread_mutex_unlock(&pool->shared.mutex);
}
