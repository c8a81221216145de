/* flow: numbered tasks done by a crew of threads, put together in the order of their numbers. */
#ifndef SPARKIFY_NATIVE_FLOW_H
#define SPARKIFY_NATIVE_FLOW_H

#include <base.h>

#include <limits.h>

struct flow;

/* Work that an assemble function hands to whichever thread is free. */
struct flow_job {
    struct flow_job *next;
    /* Does the job and frees it; with `worker` == FLOW_DROP it only frees it. */
    enum status (*run)(struct flow_job *job, unsigned worker, struct error *error);
};
#define FLOW_DROP UINT_MAX

struct flow_options {
    unsigned threads;
    size_t tasks;
    size_t slots; /* tasks that may be under way or waiting for their turn at once */
    void *ctx;
    /* Does task `task` on any thread and leaves what came of it in slot `slot`. */
    enum status (*work)(void *ctx, struct flow *flow, unsigned worker, size_t task, size_t slot,
                        struct error *error);
    /* Takes what is in the slot; called for one slot at a time, in the order of the tasks. NULL
     * where order does not matter. */
    enum status (*assemble)(void *ctx, struct flow *flow, unsigned worker, size_t slot,
                            struct error *error);
    const atomic_bool *cancel;
};

/* Runs all tasks; the first failure stops the others and is returned. */
NODISCARD enum status flow_run(const struct flow_options *options, struct error *error);

/* For a task that makes more than a slot should hold: gives up the slot's contents in the task's
 * turn, and returns when they have been assembled and the slot may be filled again. */
NODISCARD enum status flow_yield(struct flow *flow, unsigned worker, size_t slot,
                                 struct error *error);

/* From assemble: hands out a job, or does it at once when enough are waiting. */
NODISCARD enum status flow_push(struct flow *flow, unsigned worker, struct flow_job *job,
                                struct error *error);

#endif
