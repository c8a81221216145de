/* flow: runs numbered tasks on several threads, and assembles their results in the order of the
 * numbers. */
#pragma once

#include <base.h>

#include <limits.h>

struct flow;

/* A job that an assemble function hands to any free thread. */
struct flow_job {
    struct flow_job *next;
    /* Does the job and frees it; with `worker` == FLOW_DROP it only frees it. */
    enum status (*run)(struct flow_job *job, unsigned worker, struct error *error);
};
#define FLOW_DROP UINT_MAX

#define FLOW_MAX_STEPS 3

struct flow_options {
    unsigned threads;
    size_t tasks;
    size_t slots; /* tasks that may be running or waiting to be assembled at once */
    void *ctx;
    /* Runs task `task`, on any thread, and leaves its result in slot `slot`. */
    enum status (*work)(void *ctx, struct flow *flow, unsigned worker, size_t task, size_t slot,
                        struct error *error);
    /* The steps that consume the result in a slot, one after the other. Each is called for one slot
     * at a time, in the order of the tasks; different steps may run at the same time, for different
     * slots. None where order does not matter. */
    enum status (*assemble[FLOW_MAX_STEPS])(void *ctx, struct flow *flow, unsigned worker,
                                            size_t slot, struct error *error);
    const atomic_bool *cancel;
};

/* Runs all tasks and jobs. The first failure stops the others and is returned; STATUS_INTERRUPTED
 * when options->cancel became true. */
NODISCARD enum status flow_run(const struct flow_options *options, struct error *error);

/* Called by a task with a larger result than a slot should hold: waits until the contents of the
 * slot have been assembled in order; then the task may fill the slot again. */
NODISCARD enum status flow_yield(struct flow *flow, unsigned worker, size_t slot,
                                 struct error *error);

/* Called by an assemble function: queues a job, or runs it at once when enough jobs are waiting.
 * The flow owns the job. */
NODISCARD enum status flow_push(struct flow *flow, unsigned worker, struct flow_job *job,
                                struct error *error);
