/* Tasks on several threads: their order, their slots, their failures. The threads themselves only
 * count what goes wrong; the test looks at the counts when they are done. */
#include "unit.h"

#include "flow.h"

#include <sched.h>
#include <stdio.h>

#define MAX_TASKS 300
#define MAX_SLOTS 12
#define MAX_PARTS 4
#define NONE      SIZE_MAX

struct plan {
    size_t tasks, slots;
    size_t fail_work, fail_assemble, fail_job; /* a task, or NONE */
    size_t cancel_in;                          /* the task that cancels, or NONE */
    bool yields, jobs;
};

struct trial {
    const struct plan *plan;
    atomic_bool cancel;
    atomic_bool filled[MAX_SLOTS]; /* given up by a task and not yet assembled */
    size_t contents[MAX_SLOTS];    /* task * MAX_PARTS + part */
    atomic_int preparing, assembling;
    bool prepared[MAX_SLOTS]; /* the contents have been through the first step */
    atomic_size_t begun, ended, jobs_made, jobs_done, jobs_dropped;
    atomic_int reused, together, workers_seen;
    size_t order[MAX_TASKS * MAX_PARTS]; /* of the assembled contents */
    size_t order_count;
    size_t prepared_order[MAX_TASKS * MAX_PARTS]; /* of the contents in the first step */
    size_t prepared_count;
    atomic_int unprepared;
};

static size_t parts_of(const struct plan *plan, size_t task)
{
    return plan->yields ? 1 + task % MAX_PARTS : 1;
}

/* Work of some random length. On a busy machine each yield may cost a whole time slice. */
static void dawdle(uint64_t seed)
{
    uint64_t state = seed + 1;
    for (unsigned turns = random_below(&state, 12); turns > 0; turns--)
        sched_yield();
}

static void fill_slot(struct trial *trial, size_t slot, size_t contents)
{
    if (atomic_exchange(&trial->filled[slot], true))
        atomic_fetch_add(&trial->reused, 1);
    trial->contents[slot] = contents;
}

static enum status work(void *ctx, struct flow *flow, unsigned worker, size_t task, size_t slot,
                        struct error *error)
{
    struct trial *trial = ctx;
    size_t parts = parts_of(trial->plan, task);
    atomic_fetch_add(&trial->begun, 1);
    atomic_fetch_or(&trial->workers_seen, 1 << worker);
    dawdle(task * 31 + trial->plan->slots);
    if (task == trial->plan->cancel_in)
        atomic_store(&trial->cancel, true);
    if (task == trial->plan->fail_work)
        return error_set(error, STATUS_IO, "task %zu", task);
    for (size_t part = 0; part < parts; part++) {
        fill_slot(trial, slot, task * MAX_PARTS + part);
        if (part + 1 < parts)
            TRY(flow_yield(flow, worker, slot, error));
    }
    atomic_fetch_add(&trial->ended, 1);
    return STATUS_OK;
}

struct trial_job {
    struct flow_job job;
    struct trial *trial;
    size_t task;
};

static enum status run_job(struct flow_job *job, unsigned worker, struct error *error)
{
    struct trial_job own = *(struct trial_job *)job;
    mem_free(job);
    if (worker == FLOW_DROP) {
        atomic_fetch_add(&own.trial->jobs_dropped, 1);
        return STATUS_OK;
    }
    dawdle(own.task * 17);
    atomic_fetch_add(&own.trial->jobs_done, 1);
    if (own.task == own.trial->plan->fail_job)
        return error_set(error, STATUS_NO_SPACE, "job %zu", own.task);
    return STATUS_OK;
}

static enum status push_job(struct trial *trial, struct flow *flow, unsigned worker, size_t task,
                            struct error *error)
{
    struct trial_job *job = mem_alloc(sizeof *job);
    *job = (struct trial_job){.job = {.run = run_job}, .trial = trial, .task = task};
    atomic_fetch_add(&trial->jobs_made, 1);
    return flow_push(flow, worker, &job->job, error);
}

/* The first step. */
static enum status prepare(void *ctx, struct flow *flow, unsigned worker, size_t slot,
                           struct error *error)
{
    struct trial *trial = ctx;
    (void)flow, (void)worker, (void)error;
    if (atomic_fetch_add(&trial->preparing, 1) != 0)
        atomic_fetch_add(&trial->together, 1);
    dawdle(trial->contents[slot] * 7);
    trial->prepared_order[trial->prepared_count++] = trial->contents[slot];
    trial->prepared[slot] = true;
    atomic_fetch_sub(&trial->preparing, 1);
    return STATUS_OK;
}

static enum status assemble(void *ctx, struct flow *flow, unsigned worker, size_t slot,
                            struct error *error)
{
    struct trial *trial = ctx;
    size_t contents = trial->contents[slot], task = contents / MAX_PARTS;
    if (atomic_fetch_add(&trial->assembling, 1) != 0)
        atomic_fetch_add(&trial->together, 1);
    if (!trial->prepared[slot])
        atomic_fetch_add(&trial->unprepared, 1);
    trial->prepared[slot] = false;
    dawdle(contents * 13);
    trial->order[trial->order_count++] = contents;
    enum status status = STATUS_OK;
    if (task == trial->plan->fail_assemble)
        status = error_set(error, STATUS_CORRUPT, "assemble %zu", task);
    else if (trial->plan->jobs)
        status = push_job(trial, flow, worker, task, error);
    atomic_store(&trial->filled[slot], false);
    atomic_fetch_sub(&trial->assembling, 1);
    return status;
}

static enum status run_trial(struct trial *trial, const struct plan *plan, unsigned threads,
                             struct error *error)
{
    struct flow_options options = {
        .threads = threads,
        .tasks = plan->tasks,
        .slots = plan->slots,
        .ctx = trial,
        .work = work,
        .assemble = {prepare, assemble},
        .cancel = &trial->cancel,
    };
    trial->plan = plan;
    return flow_run(&options, error);
}

/* What holds however a flow ends. */
static void check_rules(const struct trial *trial)
{
    const struct plan *plan = trial->plan;
    size_t next = 0;
    assert_int_equal(trial->reused, 0);
    assert_int_equal(trial->together, 0);
    assert_int_equal(trial->unprepared, 0);
    assert_in_range(trial->prepared_count, trial->order_count, trial->order_count + plan->slots);
    assert_memory_equal(trial->prepared_order, trial->order,
                        trial->order_count * sizeof *trial->order);
    assert_int_equal(trial->jobs_made, trial->jobs_done + trial->jobs_dropped);
    for (size_t task = 0; next < trial->order_count && task < plan->tasks; task++)
        for (size_t part = 0; next < trial->order_count && part < parts_of(plan, task); part++)
            assert_int_equal(trial->order[next++], task * MAX_PARTS + part);
}

static size_t contents_of(const struct plan *plan)
{
    size_t contents = 0;
    for (size_t task = 0; task < plan->tasks; task++)
        contents += parts_of(plan, task);
    return contents;
}

static const unsigned crews[] = {1, 2, 7};

static void test_order_is_kept(void **state)
{
    static const size_t tasks[] = {0, 1, 5, MAX_TASKS}, slots[] = {1, 2, 5, MAX_SLOTS};
    (void)state;
    for (size_t i = 0; i < COUNT(crews) * COUNT(tasks) * COUNT(slots) * 4; i++) {
        struct plan plan = {
            .tasks = tasks[i / COUNT(crews) % COUNT(tasks)],
            .slots = slots[i / COUNT(crews) / COUNT(tasks) % COUNT(slots)],
            .fail_work = NONE,
            .fail_assemble = NONE,
            .fail_job = NONE,
            .cancel_in = NONE,
            .yields = i / COUNT(crews) / COUNT(tasks) / COUNT(slots) & 1,
            .jobs = i / COUNT(crews) / COUNT(tasks) / COUNT(slots) & 2,
        };
        struct trial trial = {0};
        struct error error;
        ASSERT_OK(run_trial(&trial, &plan, crews[i % COUNT(crews)], &error), error);
        check_rules(&trial);
        assert_int_equal(trial.begun, plan.tasks);
        assert_int_equal(trial.order_count, contents_of(&plan));
        assert_int_equal(trial.jobs_done, plan.jobs ? trial.order_count : 0);
    }
}

static void test_a_failure_stops_the_others_and_is_returned(void **state)
{
    static const struct {
        struct plan plan;
        enum status status;
        const char *message;
    } cases[] = {
        {{.fail_work = 0, .fail_assemble = NONE, .fail_job = NONE}, STATUS_IO, "task 0"},
        {{.fail_work = 20, .fail_assemble = NONE, .fail_job = NONE}, STATUS_IO, "task 20"},
        {{.fail_work = MAX_TASKS - 1, .fail_assemble = NONE, .fail_job = NONE},
         STATUS_IO,
         "task 299"},
        {{.fail_work = NONE, .fail_assemble = 20, .fail_job = NONE}, STATUS_CORRUPT, "assemble 20"},
        {{.fail_work = NONE, .fail_assemble = NONE, .fail_job = 20}, STATUS_NO_SPACE, "job 20"},
        {{.fail_work = NONE, .fail_assemble = NONE, .fail_job = MAX_TASKS - 1},
         STATUS_NO_SPACE,
         "job 299"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases) * COUNT(crews) * 2; i++) {
        struct plan plan = cases[i / COUNT(crews) / 2].plan;
        plan.tasks = MAX_TASKS;
        plan.slots = 5;
        plan.cancel_in = NONE;
        plan.jobs = true;
        plan.yields = i & 1;
        struct trial trial = {0};
        struct error error = {0};
        enum status status = run_trial(&trial, &plan, crews[i / 2 % COUNT(crews)], &error);
        assert_int_equal(status, cases[i / COUNT(crews) / 2].status);
        assert_int_equal(error.status, status);
        assert_string_equal(error.message, cases[i / COUNT(crews) / 2].message);
        check_rules(&trial);
        if (plan.fail_work < MAX_TASKS)
            assert_in_range(trial.begun, plan.fail_work + 1, plan.fail_work + plan.slots);
        if (plan.fail_assemble < MAX_TASKS)
            assert_int_equal(trial.order[trial.order_count - 1] / MAX_PARTS, plan.fail_assemble);
    }
}

static void test_the_first_of_two_failures_is_returned(void **state)
{
    const struct plan plan = {.tasks = 50,
                              .slots = 3,
                              .fail_work = 11,
                              .fail_assemble = 10,
                              .fail_job = NONE,
                              .cancel_in = NONE};
    struct trial trial = {0};
    struct error error = {0};
    (void)state;
    assert_int_equal(run_trial(&trial, &plan, 1, &error), STATUS_CORRUPT);
    assert_string_equal(error.message, "assemble 10");
}

static void test_cancel_stops_between_tasks(void **state)
{
    static const size_t cancel_in[] = {0, 7, 100};
    (void)state;
    for (size_t i = 0; i < COUNT(cancel_in) * COUNT(crews) * 2; i++) {
        struct plan plan = {.tasks = MAX_TASKS,
                            .slots = 4,
                            .fail_work = NONE,
                            .fail_assemble = NONE,
                            .fail_job = NONE,
                            .cancel_in = cancel_in[i / COUNT(crews) / 2],
                            .yields = i & 1,
                            .jobs = true};
        struct trial trial = {0};
        struct error error = {0};
        assert_int_equal(run_trial(&trial, &plan, crews[i / 2 % COUNT(crews)], &error),
                         STATUS_INTERRUPTED);
        assert_string_equal(error.message, "interrupted");
        assert_in_range(trial.begun, plan.cancel_in + 1, plan.cancel_in + plan.slots);
        check_rules(&trial);
    }
}

static void test_cancelled_before_it_began(void **state)
{
    const struct plan plan = {.tasks = 3,
                              .slots = 2,
                              .fail_work = NONE,
                              .fail_assemble = NONE,
                              .fail_job = NONE,
                              .cancel_in = NONE};
    struct trial trial = {.cancel = true};
    struct error error = {0};
    (void)state;
    assert_int_equal(run_trial(&trial, &plan, 2, &error), STATUS_INTERRUPTED);
    assert_int_equal(trial.begun, 0);
}

/* ---- Flows without order --------------------------------------------------------------------- */

struct unordered {
    atomic_int done[MAX_TASKS];
    size_t fail_work;
};

static enum status work_unordered(void *ctx, struct flow *flow, unsigned worker, size_t task,
                                  size_t slot, struct error *error)
{
    struct unordered *unordered = ctx;
    dawdle(task);
    TRY(flow_yield(flow, worker, slot, error)); /* has nothing to wait for */
    atomic_fetch_add(&unordered->done[task], 1);
    if (task == unordered->fail_work)
        return error_set(error, STATUS_IO, "task %zu", task);
    return STATUS_OK;
}

static void test_without_order_each_task_is_done_once(void **state)
{
    static const size_t failing[] = {NONE, 40};
    (void)state;
    for (size_t i = 0; i < COUNT(crews) * COUNT(failing); i++) {
        struct unordered unordered = {.fail_work = failing[i % COUNT(failing)]};
        atomic_bool cancel = false;
        struct flow_options options = {.threads = crews[i / COUNT(failing)],
                                       .tasks = MAX_TASKS,
                                       .slots = 1,
                                       .ctx = &unordered,
                                       .work = work_unordered,
                                       .cancel = &cancel};
        struct error error = {0};
        bool fails = unordered.fail_work != NONE;
        assert_int_equal(flow_run(&options, &error), fails ? STATUS_IO : STATUS_OK);
        for (size_t task = 0; task < MAX_TASKS; task++)
            assert_in_range(unordered.done[task], fails ? 0 : 1, 1);
        if (fails && options.threads == 1)
            assert_int_equal(unordered.done[unordered.fail_work + 1], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_kept),
        cmocka_unit_test(test_a_failure_stops_the_others_and_is_returned),
        cmocka_unit_test(test_the_first_of_two_failures_is_returned),
        cmocka_unit_test(test_cancel_stops_between_tasks),
        cmocka_unit_test(test_cancelled_before_it_began),
        cmocka_unit_test(test_without_order_each_task_is_done_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
