/* What ends a process that has no memory left: a program of ours by its exit code, a library by
 * abort. */
#include "unit.h"

#include <base.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What waitpid says of a process that asks for too much, and what it said. */
static int end_of(int code, char said[static 256])
{
    int ends[2], how = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        size_t cap = 0;
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL); /* cmocka has a handler */
        if (code)
            mem_exit_when_exhausted(code, "less");
        mem_free(mem_grow(NULL, SIZE_MAX / 2, &cap, 4));
        _exit(0);
    }
    close(ends[1]);
    size_t len = 0;
    ssize_t got;
    while ((got = read(ends[0], said + len, 255 - len)) > 0)
        len += (size_t)got;
    said[len] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return how;
}

static void test_exhausted(void **state)
{
    (void)state;
    char said[256];
    int how = end_of(0, said);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT);
    assert_string_equal(said, "sparkify: out of memory\n");
    how = end_of(7, said);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 7);
    assert_string_equal(said, "sparkify: out of memory\n  try: less\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exhausted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
