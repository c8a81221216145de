/* Numbered tasks, shared out among threads. */
#include "task_pool.h"

#include <pthread.h>

struct crew {
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

static void fail(struct crew *crew, const struct error *error)
{
    pthread_mutex_lock(&crew->shared.mutex);
    if (!crew->failed)
        crew->shared.error = *error;
    crew->failed = true;
    pthread_mutex_unlock(&crew->shared.mutex);
}

static void work(void *ctx, unsigned worker)
{
    struct crew *crew = ctx;
    struct error error;
    while (!crew->failed) {
        uint32_t task = atomic_fetch_add(&crew->next, 1);
        if (task >= crew->tasks)
            break;
        if (crew->fn(crew->ctx, worker, task, &error) != STATUS_OK)
            fail(crew, &error);
    }
}

enum status task_pool_run(unsigned threads, uint32_t tasks, task_pool_fn *fn, void *ctx,
                          struct error *error)
{
    struct crew crew = {.fn = fn, .ctx = ctx, .tasks = tasks};
    pthread_mutex_init(&crew.shared.mutex, NULL);
    threads_run(threads, work, &crew);
    pthread_mutex_destroy(&crew.shared.mutex);
    if (!crew.failed)
        return STATUS_OK;
    *error = crew.shared.error;
    return error->status;
}
