/* Threads: a crew that runs one function, and the clock. */
#include <base.h>

#include <assert.h>
#include <sched.h>
#include <time.h>

/* SIGSEGV and the like stay unblocked: they go to the thread that caused them, and would end the
 * process without calling its handler. */
void thread_block_signals(sigset_t *before)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < ARRAY_LENGTH(faults); i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_BLOCK, &blocked, before);
}

int thread_start(pthread_t *out, void *(*thread_main)(void *), void *ctx)
{
    sigset_t before;
    thread_block_signals(&before);
    int failure = pthread_create(out, NULL, thread_main, ctx);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

struct member {
    pthread_t thread;
    threads_fn *fn;
    void *ctx;
    unsigned worker;
    bool started;
};

static void *member_main(void *argument)
{
    struct member *member = argument;
    member->fn(member->ctx, member->worker);
    return NULL;
}

/* Where a thread cannot be started (a limit on processes), its worker runs on the calling thread
 * after worker 0: no worker waits for another one to start. */
void threads_run(unsigned count, threads_fn *fn, void *ctx)
{
    assert(count > 0);
    struct member *crew = mem_zalloc(count * sizeof *crew);
    for (unsigned i = 1; i < count; i++) {
        crew[i] = (struct member){.fn = fn, .ctx = ctx, .worker = i};
        crew[i].started = thread_start(&crew[i].thread, member_main, &crew[i]) == 0;
    }
    fn(ctx, 0);
    for (unsigned i = 1; i < count; i++) {
        if (crew[i].started)
            pthread_join(crew[i].thread, NULL);
        else
            fn(ctx, i);
    }
    mem_free(crew);
}

unsigned threads_available(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? (unsigned)count : 1;
}

uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
