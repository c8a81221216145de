/* Makes the tables of a lake, and shows how far it is. Ctrl-C ends the job, and leaves nothing.
 *
 *     cc etl.c -o etl $(pkg-config --cflags --libs sparkify)
 *     ./etl WORKSPACE LAKE */
#include <signal.h>
#include <sparkify.h>
#include <stdio.h>

static struct sparkify_job *job;

static void stop(int signal_number)
{
    (void)signal_number;
    sparkify_job_cancel(job);
}

int main(int argc, char **argv)
{
    struct sparkify_progress progress = {.size = sizeof progress};
    if (argc != 3) {
        fprintf(stderr, "usage: etl WORKSPACE LAKE\n");
        return SPARKIFY_USAGE;
    }
    job = sparkify_job_new("etl");
    sparkify_job_set(job, "input", argv[1]);
    sparkify_job_set(job, "output", argv[2]);
    signal(SIGINT, stop);
    sparkify_job_start(job);
    while (!sparkify_job_wait(job, 200)) {
        sparkify_job_progress(job, &progress);
        fprintf(stderr, "%s: %llu of %llu bytes\n", progress.phase,
                (unsigned long long)progress.bytes_done, (unsigned long long)progress.bytes_total);
    }
    fputs(sparkify_job_notes(job), stderr);
    int status = sparkify_job_status(job);
    if (status == SPARKIFY_OK)
        puts(sparkify_job_result(job));
    else
        fprintf(stderr, "etl: %s\n%s\n", sparkify_job_message(job), sparkify_job_hint(job));
    sparkify_job_free(job);
    return status;
}
