/* A program that knows only sparkify.h: what a host with threads and signals of its own may do.
 *
 *     library_probe together WORKSPACE LAKE LAKE       two jobs at once
 *     library_probe cancel WORKSPACE FOLDER SEED N     N jobs, each cancelled at some instant
 *     library_probe rows LAKE TABLE                    the table's rows as lines, and its schema
 *     library_probe query LAKE SQL                     the same of a query
 *     library_probe signals WORKSPACE LAKE             signals that a job's threads let through
 *     library_probe waits WORKSPACE LAKE               a wait that signals interrupt
 *     library_probe misuse LAKE                        calls that cannot be */
#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <sparkify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct sparkify_job *new_etl(const char *workspace, const char *lake)
{
    struct sparkify_job *job = sparkify_job_new("etl");
    sparkify_job_set(job, "input", workspace);
    sparkify_job_set(job, "output", lake);
    return job;
}

static int end(struct sparkify_job *job)
{
    int status = sparkify_job_status(job);
    printf("%d %s\n", status, sparkify_job_message(job));
    sparkify_job_free(job);
    return status;
}

static int run_together(char **argv)
{
    struct sparkify_job *first = new_etl(argv[0], argv[1]), *second = new_etl(argv[0], argv[2]);
    sparkify_job_start(first);
    sparkify_job_start(second);
    struct sparkify_progress progress = {.size = sizeof progress};
    while (!sparkify_job_wait(first, 1))
        sparkify_job_progress(second, &progress);
    sparkify_job_wait(second, -1);
    return end(first) | end(second);
}

static int run_cancelled(char **argv)
{
    int jobs = atoi(argv[3]);
    srand((unsigned)atoi(argv[2]));
    for (int i = 0; i < jobs; i++) {
        char lake[4096];
        snprintf(lake, sizeof lake, "%s/%d", argv[1], i);
        struct sparkify_job *job = new_etl(argv[0], lake);
        sparkify_job_start(job);
        struct timespec pause = {.tv_nsec = rand() % 60 * 1000000L};
        nanosleep(&pause, NULL);
        sparkify_job_cancel(job);
        sparkify_job_wait(job, -1);
        int status = end(job);
        if (status != SPARKIFY_OK && status != SPARKIFY_INTERRUPTED)
            return 1;
    }
    return 0;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void print_value(const char *format, const struct ArrowArray *column, int64_t row)
{
    const uint8_t *validity = column->buffers[0];
    if (validity && !(validity[row / 8] >> row % 8 & 1)) {
        printf("null");
        return;
    }
    const int32_t *offsets = column->buffers[1];
    if (format[0] == 'u' || format[0] == 'z')
        printf("%.*s", offsets[row + 1] - offsets[row],
               (const char *)column->buffers[2] + offsets[row]);
    else if (format[0] == 'g')
        printf("%.17g", ((const double *)column->buffers[1])[row]);
    else if (format[0] == 'b')
        printf("%d", ((const uint8_t *)column->buffers[1])[row / 8] >> row % 8 & 1);
    else if (format[0] == 'd') /* 128 bits; ours fit into 64 */
        printf("%" PRId64, ((const int64_t *)column->buffers[1])[2 * row]);
    else if (format[0] == 'i' || strcmp(format, "tdD") == 0)
        printf("%" PRId32, ((const int32_t *)column->buffers[1])[row]);
    else
        printf("%" PRId64, ((const int64_t *)column->buffers[1])[row]);
}

static void print_batch(const struct ArrowSchema *schema, struct ArrowArray *batch)
{
    for (int64_t row = 0; row < batch->length; row++)
        for (int64_t i = 0; i < batch->n_children; i++) {
            print_value(schema->children[i]->format, batch->children[i], row);
            putchar(i + 1 < batch->n_children ? '\t' : '\n');
        }
    batch->release(batch);
}

static int print_stream(struct ArrowArrayStream *stream)
{
    struct ArrowSchema schema;
    struct ArrowArray batch;
    int failed = stream->get_schema(stream, &schema);
    for (int64_t i = 0; i < schema.n_children; i++)
        printf("%s %s%s", schema.children[i]->name, schema.children[i]->format,
               i + 1 < schema.n_children ? "\t" : "\n");
    while (!failed && !(failed = stream->get_next(stream, &batch)) && batch.release)
        print_batch(&schema, &batch);
    if (failed)
        printf("failed %d: %s\n", failed, stream->get_last_error(stream));
    schema.release(&schema);
    stream->release(stream);
    return failed != 0;
}

static int print_rows(const char *address, const char *what, bool is_query)
{
    struct ArrowArrayStream stream;
    struct sparkify_lake *lake = sparkify_lake_new(address);
    int status = is_query ? sparkify_lake_query(lake, what, SPARKIFY_NEWEST, &stream)
                          : sparkify_lake_table(lake, what, SPARKIFY_NEWEST, NULL, 0, &stream);
    if (status != SPARKIFY_OK)
        printf("%d %s\n%s\n", status, sparkify_lake_message(lake), sparkify_lake_hint(lake));
    sparkify_lake_free(lake); /* the stream lives on */
    return status == SPARKIFY_OK ? print_stream(&stream) : status;
}

/* ---- The host's own -------------------------------------------------------------------------- */

static volatile sig_atomic_t elsewhere;
static pid_t main_thread;

static void note_thread(int signal_number)
{
    (void)signal_number;
    elsewhere |= gettid() != main_thread;
}

/* All signals come to the host's one thread. */
static int run_signalled(char **argv)
{
    main_thread = gettid();
    signal(SIGUSR1, note_thread);
    signal(SIGTERM, note_thread);
    struct sparkify_job *job = new_etl(argv[0], argv[1]);
    sparkify_job_start(job);
    while (!sparkify_job_wait(job, 0)) {
        kill(getpid(), SIGUSR1);
        kill(getpid(), SIGTERM);
    }
    return end(job) != SPARKIFY_OK || elsewhere;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* A job of a second or more: a wait of 0.3 s takes as long, though a signal comes each 10 ms. */
static int run_interrupted(char **argv)
{
    struct itimerval each = {.it_interval = {.tv_usec = 10000}, .it_value = {.tv_usec = 10000}};
    main_thread = gettid();
    signal(SIGALRM, note_thread);
    struct sparkify_job *job = new_etl(argv[0], argv[1]);
    sparkify_job_set(job, "on-success", "sleep 1");
    sparkify_job_start(job);
    setitimer(ITIMER_REAL, &each, NULL);
    double begin = now();
    bool is_over = sparkify_job_wait(job, 300);
    double waited = now() - begin;
    printf("%d %.3f\n", is_over, waited);
    if (is_over || waited < 0.3 || !sparkify_job_wait(job, 600000))
        return 1;
    return end(job) != SPARKIFY_OK || elsewhere;
}

static void say(struct sparkify_job *job)
{
    printf("%d %s | %s\n", sparkify_job_status(job), sparkify_job_message(job),
           sparkify_job_hint(job));
    sparkify_job_free(job);
}

static int misuse(const char *lake)
{
    static const char *const options[][2] = {{"input", NULL},
                                             {"threads", "0"},
                                             {"inptu", "x"},
                                             {"quiet", NULL},
                                             {"incremental", "maybe"}};
    say(sparkify_job_new("elt"));
    say(sparkify_job_new("serve"));
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct sparkify_job *job = sparkify_job_new("etl");
        sparkify_job_set(job, options[i][0], options[i][1]);
        sparkify_job_set(job, "input", "x"); /* the first failure stays */
        sparkify_job_start(job);
        sparkify_job_wait(job, -1);
        say(job);
    }
    struct sparkify_job *job = sparkify_job_new("history");
    sparkify_job_set(job, "lake", lake);
    sparkify_job_start(job);
    sparkify_job_start(job);
    printf("%d %s\n", sparkify_job_status(job), sparkify_job_message(job));
    sparkify_job_wait(job, -1);
    say(job); /* of the job itself */
    sparkify_job_free(NULL);
    sparkify_lake_free(NULL);
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    setlocale(LC_ALL, ""); /* as programs do that speak their user's language */
    if (strcmp(mode, "together") == 0)
        return run_together(argv + 2);
    if (strcmp(mode, "cancel") == 0)
        return run_cancelled(argv + 2);
    if (strcmp(mode, "rows") == 0)
        return print_rows(argv[2], argv[3], false);
    if (strcmp(mode, "query") == 0)
        return print_rows(argv[2], argv[3], true);
    if (strcmp(mode, "signals") == 0)
        return run_signalled(argv + 2);
    if (strcmp(mode, "waits") == 0)
        return run_interrupted(argv + 2);
    return strcmp(mode, "misuse") == 0 ? misuse(argv[2]) : 2;
}
