/* A thread leaves signals to the threads of whoever has started it. */
#include "unit.h"

static void *see_signals(void *ctx)
{
    pthread_sigmask(SIG_BLOCK, NULL, ctx);
    return NULL;
}

static void test_signals_are_blocked(void **state)
{
    (void)state;
    sigset_t before, seen, after;
    pthread_t thread;
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    assert_int_equal(thread_start(&thread, see_signals, &seen), 0);
    pthread_join(thread, NULL);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    for (int number = 1; number < SIGRTMIN; number++)
        assert_int_equal(sigismember(&after, number), sigismember(&before, number));
    static const int blocked[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGUSR1, SIGCHLD, SIGPIPE};
    for (size_t i = 0; i < sizeof blocked / sizeof blocked[0]; i++)
        assert_true(sigismember(&seen, blocked[i]));
    static const int taken[] = {SIGSEGV, SIGBUS, SIGABRT};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        assert_false(sigismember(&seen, taken[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_signals_are_blocked)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
