/* task_pool: runs numbered tasks on several threads. */
#ifndef SPARKIFY_GENERATE_TASK_POOL_H
#define SPARKIFY_GENERATE_TASK_POOL_H

#include <base.h>

typedef enum status task_pool_fn(void *ctx, unsigned worker, uint32_t task, struct error *error);

/* Calls `fn` for the tasks 0 … tasks - 1, each once, on `threads` threads; `worker` is the thread's
 * number from 0. After a failure no more tasks are started, and the first error is returned. */
NODISCARD enum status task_pool_run(unsigned threads, uint32_t tasks, task_pool_fn *fn, void *ctx,
                                    struct error *error);

#endif
