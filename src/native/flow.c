/* Runs tasks on several threads so that the output is the same as with one.
 *
 * Tasks are numbered in the order of the input. Any thread may run any task, but task n is not
 * begun before task n - slots has been assembled: so slot n modulo slots is free when its task
 * begins, and at most `slots` results wait. The next slot is assembled by the first thread that
 * finds it complete; one slot at a time. Assembling may queue jobs.
 *
 *      task    0     1     2     3     4     5
 *      slot    0     1     2     0     1     2
 *              done  done  busy  busy  -     -      next_assembled = 2: slots 0 and 1 are free
 *
 * No deadlock: the task to be assembled next was begun before all tasks that wait for it, it never
 * waits for a later one, and its thread assembles it if no other does. */
#include "flow.h"

#include <pthread.h>

enum slot_state {
    SLOT_BUSY,    /* free, or being filled */
    SLOT_PARTIAL, /* to be assembled, more of the same task follows */
    SLOT_DONE,    /* to be assembled, the task is over */
};

struct flow {
    struct flow_options options;
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        size_t next;           /* the next task to begin */
        size_t next_assembled; /* the task to assemble next */
        size_t ended;          /* tasks that are over, for flows without order */
        bool assembling;
        enum slot_state *slots;
        struct flow_job *jobs;
        unsigned jobs_waiting, jobs_running;
        enum status status;
        struct error error;
    } shared;
};

static void fail_locked(struct flow *flow, enum status status, const struct error *error)
{
    if (flow->shared.status == STATUS_OK) {
        flow->shared.status = status;
        flow->shared.error = *error;
    }
}

static bool stopped_locked(struct flow *flow)
{
    if (flow->shared.status == STATUS_OK && atomic_load(flow->options.cancel)) {
        struct error error;
        fail_locked(flow, error_set(&error, STATUS_INTERRUPTED, "interrupted"), &error);
    }
    return flow->shared.status != STATUS_OK;
}

static void end_step_locked(struct flow *flow, enum status status, const struct error *error)
{
    if (status != STATUS_OK)
        fail_locked(flow, status, error);
    pthread_cond_broadcast(&flow->shared.changed);
}

static size_t slot_of(const struct flow *flow, size_t task)
{
    return task % flow->options.slots;
}

static bool try_assemble_locked(struct flow *flow, unsigned worker)
{
    if (flow->shared.assembling || !flow->options.assemble)
        return false;
    size_t slot = slot_of(flow, flow->shared.next_assembled);
    enum slot_state state = flow->shared.slots[slot];
    if (state == SLOT_BUSY)
        return false;
    struct error error;
    flow->shared.assembling = true;
    pthread_mutex_unlock(&flow->shared.mutex);
    enum status status = flow->options.assemble(flow->options.ctx, flow, worker, slot, &error);
    pthread_mutex_lock(&flow->shared.mutex);
    flow->shared.assembling = false;
    flow->shared.slots[slot] = SLOT_BUSY;
    if (state == SLOT_DONE)
        flow->shared.next_assembled++;
    end_step_locked(flow, status, &error);
    return true;
}

static bool try_job_locked(struct flow *flow, unsigned worker)
{
    struct flow_job *job = flow->shared.jobs;
    if (!job)
        return false;
    struct error error;
    flow->shared.jobs = job->next;
    flow->shared.jobs_waiting--;
    flow->shared.jobs_running++;
    pthread_mutex_unlock(&flow->shared.mutex);
    enum status status = job->run(job, worker, &error);
    pthread_mutex_lock(&flow->shared.mutex);
    flow->shared.jobs_running--;
    end_step_locked(flow, status, &error);
    return true;
}

static bool try_task_locked(struct flow *flow, unsigned worker)
{
    size_t task = flow->shared.next;
    size_t over = flow->options.assemble ? flow->shared.next_assembled : task;
    if (task >= flow->options.tasks || task >= over + flow->options.slots)
        return false;
    struct error error;
    flow->shared.next++;
    pthread_mutex_unlock(&flow->shared.mutex);
    enum status status =
        flow->options.work(flow->options.ctx, flow, worker, task, slot_of(flow, task), &error);
    pthread_mutex_lock(&flow->shared.mutex);
    flow->shared.ended++;
    if (flow->options.assemble)
        flow->shared.slots[slot_of(flow, task)] = SLOT_DONE;
    end_step_locked(flow, status, &error);
    return true;
}

static bool all_done_locked(const struct flow *flow)
{
    size_t done = flow->options.assemble ? flow->shared.next_assembled : flow->shared.ended;
    return done == flow->options.tasks && !flow->shared.assembling && !flow->shared.jobs &&
           flow->shared.jobs_running == 0;
}

static void worker_main(void *ctx, unsigned worker)
{
    struct flow *flow = ctx;
    pthread_mutex_lock(&flow->shared.mutex);
    while (!stopped_locked(flow) && !all_done_locked(flow)) {
        if (!try_assemble_locked(flow, worker) && !try_job_locked(flow, worker) &&
            !try_task_locked(flow, worker))
            pthread_cond_wait(&flow->shared.changed, &flow->shared.mutex);
    }
    pthread_cond_broadcast(&flow->shared.changed);
    pthread_mutex_unlock(&flow->shared.mutex);
}

static void drop_jobs(struct flow *flow)
{
    struct error ignored;
    while (flow->shared.jobs) {
        struct flow_job *job = flow->shared.jobs;
        flow->shared.jobs = job->next;
        (void)!job->run(job, FLOW_DROP, &ignored);
    }
}

enum status flow_run(const struct flow_options *options, struct error *error)
{
    struct flow flow = {.options = *options};
    flow.shared.slots = mem_zalloc(options->slots * sizeof *flow.shared.slots);
    pthread_mutex_init(&flow.shared.mutex, NULL);
    pthread_cond_init(&flow.shared.changed, NULL);
    threads_run(options->threads, worker_main, &flow);
    drop_jobs(&flow);
    enum status status = flow.shared.status;
    if (status != STATUS_OK)
        *error = flow.shared.error;
    pthread_cond_destroy(&flow.shared.changed);
    pthread_mutex_destroy(&flow.shared.mutex);
    mem_free(flow.shared.slots);
    return status;
}

enum status flow_yield(struct flow *flow, unsigned worker, size_t slot, struct error *error)
{
    if (!flow->options.assemble)
        return STATUS_OK;
    pthread_mutex_lock(&flow->shared.mutex);
    flow->shared.slots[slot] = SLOT_PARTIAL;
    while (!stopped_locked(flow) && flow->shared.slots[slot] == SLOT_PARTIAL) {
        if (!try_assemble_locked(flow, worker) && !try_job_locked(flow, worker))
            pthread_cond_wait(&flow->shared.changed, &flow->shared.mutex);
    }
    enum status status = flow->shared.status;
    if (status != STATUS_OK)
        *error = flow->shared.error;
    pthread_mutex_unlock(&flow->shared.mutex);
    return status;
}

enum status flow_push(struct flow *flow, unsigned worker, struct flow_job *job, struct error *error)
{
    pthread_mutex_lock(&flow->shared.mutex);
    bool full = flow->shared.jobs_waiting >= flow->options.threads;
    if (!full) {
        struct flow_job **end = &flow->shared.jobs;
        while (*end)
            end = &(*end)->next;
        job->next = NULL;
        *end = job;
        flow->shared.jobs_waiting++;
        pthread_cond_broadcast(&flow->shared.changed);
    }
    pthread_mutex_unlock(&flow->shared.mutex);
    return full ? job->run(job, worker, error) : STATUS_OK;
}
