/* Numbered tasks on several threads, which get them from a shared counter. */
#include <base.h>

struct task_pool {
    task_pool_fn *fn;
    void *ctx;
    uint32_t tasks;
    _Atomic uint32_t next;
    _Atomic bool failed;
    struct {
        pthread_mutex_t mutex;
        struct error error; /* once failed */
    } shared;
};

static void fail(struct task_pool *pool, const struct error *error)
{
    pthread_mutex_lock(&pool->shared.mutex);
    if (!pool->failed)
        pool->shared.error = *error;
    pool->failed = true;
    pthread_mutex_unlock(&pool->shared.mutex);
}

static void work(void *ctx, unsigned worker)
{
    struct task_pool *pool = ctx;
    struct error error;
    while (!pool->failed) {
        uint32_t task = atomic_fetch_add(&pool->next, 1);
        if (task >= pool->tasks)
            break;
        if (pool->fn(pool->ctx, worker, task, &error) != STATUS_OK)
            fail(pool, &error);
    }
}

enum status task_pool_run(unsigned threads, uint32_t tasks, task_pool_fn *fn, void *ctx,
                          struct error *error)
{
    struct task_pool pool = {.fn = fn, .ctx = ctx, .tasks = tasks};
    if (tasks == 0)
        return STATUS_OK;
    pthread_mutex_init(&pool.shared.mutex, NULL);
    threads_run(threads < tasks ? threads : tasks, work, &pool);
    pthread_mutex_destroy(&pool.shared.mutex);
    if (!pool.failed)
        return STATUS_OK;
    *error = pool.shared.error;
    return error->status;
}
