/* Runs tasks on several threads so that the output is the same as with one.
 *
 * Tasks are numbered in the order of the input. Any thread may run any task, but task n is not
 * begun before task n - slots has been assembled: so slot n modulo slots is free when its task
 * begins, and at most `slots` results wait. Assembling has steps. Each step takes the slots in the
 * order of their tasks, one at a time, by the first thread that finds the next one complete and
 * done with the step before. Assembling may queue jobs.
 *
 *      task    0     1     2     3     4     5
 *      slot    0     1     2     0     1     2
 *              done  done  busy  busy  -     -      next = 2 in the last step: slots 0, 1 are free
 *
 * No deadlock: the task to be assembled next was begun before all tasks that wait for it, it never
 * waits for a later one, and its thread assembles it if no other does. */
#include "flow.h"

enum slot_state {
    SLOT_BUSY,    /* free, or being filled */
    SLOT_PARTIAL, /* to be assembled, more of the same task follows */
    SLOT_DONE,    /* to be assembled, the task is over */
};

struct slot {
    enum slot_state state;
    size_t step; /* the next one */
};

struct step {
    size_t next; /* the task to assemble next */
    bool is_running;
};

struct flow {
    struct flow_options options;
    size_t step_count;
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        size_t next;  /* the next task to begin */
        size_t ended; /* tasks that are over, for flows without order */
        struct step steps[FLOW_MAX_STEPS];
        struct slot *slots;
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

static bool try_step_locked(struct flow *flow, size_t number, unsigned worker)
{
    struct step *step = &flow->shared.steps[number];
    size_t at = slot_of(flow, step->next);
    struct slot *slot = &flow->shared.slots[at];
    if (step->is_running || slot->state == SLOT_BUSY || slot->step != number)
        return false;
    struct error error;
    step->is_running = true;
    pthread_mutex_unlock(&flow->shared.mutex);
    enum status status =
        flow->options.assemble[number](flow->options.ctx, flow, worker, at, &error);
    pthread_mutex_lock(&flow->shared.mutex);
    step->is_running = false;
    step->next += slot->state == SLOT_DONE;
    if (++slot->step == flow->step_count)
        *slot = (struct slot){SLOT_BUSY, 0};
    end_step_locked(flow, status, &error);
    return true;
}

/* The last step first: it frees slots. */
static bool try_assemble_locked(struct flow *flow, unsigned worker)
{
    for (size_t step = flow->step_count; step > 0; step--)
        if (try_step_locked(flow, step - 1, worker))
            return true;
    return false;
}

/* How many tasks are over, and their slots free. */
static size_t over_locked(const struct flow *flow)
{
    return flow->step_count ? flow->shared.steps[flow->step_count - 1].next : flow->shared.ended;
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
    size_t over = flow->step_count ? over_locked(flow) : task;
    if (task >= flow->options.tasks || task >= over + flow->options.slots)
        return false;
    struct error error;
    flow->shared.next++;
    pthread_mutex_unlock(&flow->shared.mutex);
    enum status status =
        flow->options.work(flow->options.ctx, flow, worker, task, slot_of(flow, task), &error);
    pthread_mutex_lock(&flow->shared.mutex);
    flow->shared.ended++;
    if (flow->step_count)
        flow->shared.slots[slot_of(flow, task)].state = SLOT_DONE;
    end_step_locked(flow, status, &error);
    return true;
}

static bool all_done_locked(const struct flow *flow)
{
    return over_locked(flow) == flow->options.tasks && !flow->shared.jobs &&
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
    while (flow.step_count < FLOW_MAX_STEPS && options->assemble[flow.step_count])
        flow.step_count++;
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
    if (flow->step_count == 0)
        return STATUS_OK;
    pthread_mutex_lock(&flow->shared.mutex);
    flow->shared.slots[slot].state = SLOT_PARTIAL;
    while (!stopped_locked(flow) && flow->shared.slots[slot].state == SLOT_PARTIAL) {
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
