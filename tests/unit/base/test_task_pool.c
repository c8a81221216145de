/* task_pool: each task once, on threads with numbers of their own; the first error ends the work.
 */
#include "unit.h"

#define TASKS   1000
#define THREADS 4

struct done {
    atomic_uint times[TASKS];
    atomic_bool is_in[THREADS]; /* the worker is in a task */
    uint32_t bad;               /* the task that fails */
};

static enum status run(void *ctx, unsigned worker, uint32_t task, struct error *error)
{
    struct done *done = ctx;
    if (worker >= THREADS || atomic_exchange(&done->is_in[worker], true))
        return error_set(error, STATUS_INTERNAL, "two threads are worker %u", worker);
    atomic_fetch_add(&done->times[task], 1);
    atomic_store(&done->is_in[worker], false);
    return task == done->bad ? error_set(error, STATUS_IO, "task %u", task) : STATUS_OK;
}

static void each_task_once(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= THREADS; threads++) {
        struct done done = {.bad = TASKS};
        struct error error;
        ASSERT_OK(task_pool_run(threads, TASKS, run, &done, &error), error);
        for (size_t i = 0; i < TASKS; i++)
            assert_int_equal(done.times[i], 1);
    }
}

static void a_failure_ends_the_work(void **state)
{
    (void)state;
    struct done done = {.bad = 10};
    struct error error;
    assert_int_equal(task_pool_run(1, TASKS, run, &done, &error), STATUS_IO);
    assert_string_equal(error.message, "task 10");
    for (size_t i = 0; i < TASKS; i++)
        assert_int_equal(done.times[i], i <= 10);
    done = (struct done){.bad = 0};
    assert_int_equal(task_pool_run(THREADS, TASKS, run, &done, &error), STATUS_IO);
    assert_string_equal(error.message, "task 0");
    for (size_t i = 0; i < TASKS; i++)
        assert_true(done.times[i] <= 1);
}

static void no_tasks(void **state)
{
    (void)state;
    struct error error;
    ASSERT_OK(task_pool_run(THREADS, 0, run, NULL, &error), error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_task_once),
        cmocka_unit_test(a_failure_ends_the_work),
        cmocka_unit_test(no_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
