/* measure PROGRAM [ARGUMENTS]: runs a program and prints as the last line on standard error
 *
 *     measure: seconds S cpu_seconds S peak_bytes B
 *
 * the time until it ends, the processor time of all its processes, and the greatest resident memory
 * of one of them.
 *
 * This is not done in Python: on Linux a process keeps its peak memory when it calls exec, so a
 * small program that a large one starts seems as large as its parent. This parent is small. As a
 * child subreaper, it also counts processes that outlive the program (the JVM of PySpark). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static int exit_code(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: measure PROGRAM [ARGUMENTS]\n");
        return 2;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    double start = now(), seconds = 0, cpu_seconds = 0;
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    int status, code = 127;
    long peak_kib = 0;
    struct rusage usage;
    for (pid_t pid; (pid = wait4(-1, &status, 0, &usage)) > 0;) {
        if (usage.ru_maxrss > peak_kib)
            peak_kib = usage.ru_maxrss;
        cpu_seconds += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
        if (pid == child) {
            seconds = now() - start;
            code = exit_code(status);
        }
    }
    fprintf(stderr, "measure: seconds %.6f cpu_seconds %.6f peak_bytes %ld\n", seconds, cpu_seconds,
            peak_kib * 1024);
    return code;
}
