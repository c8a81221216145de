/* Put before the C library (LD_PRELOAD) for test_memory.py: allocations, or threads, that cannot be
 * had.
 *
 *      FAIL_MALLOC=n         the n-th allocation fails, and all behind it
 *      FAIL_MALLOC_ONCE=n    only the n-th
 *      FAIL_THREAD=n         the n-th start of a thread fails, and all behind it
 *      FAIL_FORK=n           the n-th fork of a process fails, and all behind it
 *      FAIL_WATCH=n          the n-th descriptor that epoll is to watch is refused, and all behind
 *
 * Counted from the start of the program's main; COUNT=FILE: how many there were is written there.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static long fail_malloc, fail_once, fail_thread, fail_fork, fail_watch;
static atomic_long mallocs, threads, forks, watches;
static atomic_bool is_begun;

static bool fails(void)
{
    if (!atomic_load(&is_begun))
        return false;
    long number = atomic_fetch_add(&mallocs, 1) + 1;
    bool does = (fail_malloc && number >= fail_malloc) || (fail_once && number == fail_once);
    if (does)
        errno = ENOMEM;
    return does;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size)
{
    return fails() ? NULL : __libc_realloc(pointer, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    if (fails())
        return ENOMEM;
    *out = __libc_memalign(alignment, size);
    return *out ? 0 : ENOMEM;
}

int pthread_create(pthread_t *out, const pthread_attr_t *attributes, void *(*thread)(void *),
                   void *ctx)
{
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    long number = atomic_fetch_add(&threads, 1) + 1;
    return fail_thread && number >= fail_thread ? EAGAIN : real(out, attributes, thread, ctx);
}

pid_t fork(void)
{
    pid_t (*real)(void);
    *(void **)&real = dlsym(RTLD_NEXT, "fork");
    long number = atomic_fetch_add(&forks, 1) + 1;
    if (!fail_fork || number < fail_fork)
        return real();
    errno = EAGAIN;
    return -1;
}

int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    int (*real)(int, int, int, struct epoll_event *);
    *(void **)&real = dlsym(RTLD_NEXT, "epoll_ctl");
    long number = what == EPOLL_CTL_ADD ? atomic_fetch_add(&watches, 1) + 1 : 0;
    if (!fail_watch || number < fail_watch)
        return real(epoll, what, fd, event);
    errno = ENOSPC;
    return -1;
}

static long number_of(const char *variable)
{
    const char *text = getenv(variable);
    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    fail_malloc = number_of("FAIL_MALLOC");
    fail_once = number_of("FAIL_MALLOC_ONCE");
    fail_thread = number_of("FAIL_THREAD");
    fail_fork = number_of("FAIL_FORK");
    fail_watch = number_of("FAIL_WATCH");
    atomic_store(&is_begun, true);
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld %ld\n", atomic_load(&mallocs), atomic_load(&threads));
        fclose(file);
    }
}
