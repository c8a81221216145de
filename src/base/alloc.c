/* Memory: the one place where running out of it is handled. */
#include <base.h>

#include <stdlib.h>
#include <unistd.h>

static _Atomic int exit_code; /* 0: abort */
static const char *_Atomic what_to_try;

void mem_exit_when_exhausted(int code, const char *hint)
{
    atomic_store(&what_to_try, hint);
    atomic_store(&exit_code, code);
}

static void say(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

_Noreturn void mem_exhausted(void)
{
    static atomic_flag is_said = ATOMIC_FLAG_INIT;
    int code = atomic_load(&exit_code);
    while (atomic_flag_test_and_set(
        &is_said)) /* another thread prints the message, and ends the process */
        pause();
    say("sparkify: out of memory\n");
    if (code == 0)
        abort();
    say("  try: ");
    say(atomic_load(&what_to_try));
    say("\n");
    _exit(code);
}

static void *checked(void *pointer)
{
    if (!pointer)
        mem_exhausted();
    return pointer;
}

void *mem_alloc(size_t size)
{
    return checked(malloc(size ? size : 1));
}

void *mem_zalloc(size_t size)
{
    return checked(calloc(1, size ? size : 1));
}

void *mem_realloc(void *pointer, size_t size)
{
    return checked(realloc(pointer, size ? size : 1));
}

void mem_free(void *pointer)
{
    free(pointer);
}

void mem_drop(void *pointer)
{
    void *held;
    memcpy(&held, pointer, sizeof held);
    mem_free(held);
}

void *mem_grow(void *array, size_t needed, size_t *cap, size_t element_size)
{
    if (needed <= *cap)
        return array ? array : mem_alloc(needed * element_size);
    size_t grown = *cap + *cap / 2 + 16;
    if (grown < needed)
        grown = needed;
    if (grown > SIZE_MAX / element_size)
        mem_exhausted();
    *cap = grown;
    return mem_realloc(array, grown * element_size);
}
