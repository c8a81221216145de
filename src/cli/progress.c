/* A thread that looks at the run's counters from time to time. */
#include "progress.h"

#include "numbers.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH         24
#define BAR_INTERVAL_MS   100
#define LINES_INTERVAL_MS 5000

struct progress {
    const struct run_progress *run;
    bool is_terminal;
    uint64_t start_ns;
    pthread_t thread;
    bool is_started;
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        bool over;
    } shared;
};

/* On a cluster. */
static double describe_step(const struct run_progress *run, const char *step, struct buffer *text)
{
    char done[NUMBER_TEXT], total[NUMBER_TEXT], read[NUMBER_TEXT];
    uint64_t tasks = atomic_load(&run->tasks_total), tasks_done = atomic_load(&run->tasks_done);
    buffer_appendf(text, "%s: %s of %s tasks, %s read", step, number_count(done, tasks_done),
                   number_count(total, tasks),
                   number_bytes(read, (double)atomic_load(&run->bytes_done)));
    if (tasks > tasks_done && atomic_load(&run->tasks_running) == 0)
        buffer_appendf(text, ", waiting for the cluster's cores");
    return tasks ? (double)tasks_done / (double)tasks : 0;
}

/* The share of the phase that is done, and in words what is being done. */
static double describe(const struct progress *progress, struct buffer *text)
{
    char bytes[NUMBER_TEXT], total[NUMBER_TEXT], records[NUMBER_TEXT], rate[NUMBER_TEXT],
        left[NUMBER_TEXT];
    const struct run_progress *run = progress->run;
    uint64_t done = atomic_load(&run->bytes_done), all = atomic_load(&run->bytes_total);
    double elapsed = clock_seconds_since(progress->start_ns);
    const char *step = atomic_load(&run->step);
    if (step && atomic_load(&run->phase) != PHASE_COMMIT)
        return describe_step(run, step, text);
    switch ((enum run_phase)atomic_load(&run->phase)) {
    case PHASE_LIST:
        buffer_appendf(text, "listing files");
        return 0;
    case PHASE_WRITE:
        buffer_appendf(text, "writing tables: %s of %s song partitions",
                       number_count(bytes, atomic_load(&run->files_done)),
                       number_count(total, atomic_load(&run->files_total)));
        all = atomic_load(&run->files_total);
        return all ? (double)atomic_load(&run->files_done) / (double)all : 0;
    case PHASE_COMMIT:
        buffer_appendf(text, "committing");
        return 1;
    default:
        break;
    }
    double share = all ? (double)done / (double)all : 0;
    buffer_appendf(text, "%s of %s, %s records, %s/s", number_bytes(bytes, (double)done),
                   number_bytes(total, (double)all),
                   number_count(records, atomic_load(&run->records_done)),
                   number_bytes(rate, elapsed > 0 ? (double)done / elapsed : 0));
    if (share > 0.01 && elapsed > 1)
        buffer_appendf(text, ", %s left", number_seconds(left, elapsed * (1 - share) / share));
    return share;
}

static void show_bar(const struct progress *progress)
{
    CLEANUP(buffer_release) struct buffer text = {0}, line = {0};
    double share = describe(progress, &text);
    int filled = (int)(share * BAR_WIDTH);
    buffer_appendf(&line, "\r[");
    for (int i = 0; i < BAR_WIDTH; i++)
        buffer_append_char(&line, i < filled ? '#' : '.');
    buffer_appendf(&line, "] %s\x1b[K", buffer_text(&text));
    fputs(buffer_text(&line), stderr);
    fflush(stderr);
}

static void show_line(const struct progress *progress)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    describe(progress, &text);
    fprintf(stderr, "sparkify: %s: %s\n",
            run_phase_name((enum run_phase)atomic_load(&progress->run->phase)), buffer_text(&text));
}

static void add_ms(struct timespec *time, long ms)
{
    time->tv_sec += ms / 1000;
    time->tv_nsec += ms % 1000 * 1000000;
    if (time->tv_nsec >= 1000000000) {
        time->tv_sec++;
        time->tv_nsec -= 1000000000;
    }
}

static void *progress_main(void *argument)
{
    struct progress *progress = argument;
    struct timespec next;
    clock_gettime(CLOCK_REALTIME, &next);
    pthread_mutex_lock(&progress->shared.mutex);
    while (!progress->shared.over) {
        add_ms(&next, progress->is_terminal ? BAR_INTERVAL_MS : LINES_INTERVAL_MS);
        while (!progress->shared.over &&
               pthread_cond_timedwait(&progress->shared.changed, &progress->shared.mutex, &next) ==
                   0)
            continue;
        if (!progress->shared.over)
            (progress->is_terminal ? show_bar : show_line)(progress);
    }
    pthread_mutex_unlock(&progress->shared.mutex);
    return NULL;
}

struct progress *progress_begin(const struct run_progress *run)
{
    struct progress *progress = mem_zalloc(sizeof *progress);
    progress->run = run;
    progress->is_terminal = isatty(STDERR_FILENO);
    progress->start_ns = clock_ns();
    pthread_mutex_init(&progress->shared.mutex, NULL);
    pthread_cond_init(&progress->shared.changed, NULL);
    progress->is_started = pthread_create(&progress->thread, NULL, progress_main, progress) == 0;
    return progress;
}

void progress_end(struct progress *progress)
{
    if (!progress)
        return;
    pthread_mutex_lock(&progress->shared.mutex);
    progress->shared.over = true;
    pthread_cond_signal(&progress->shared.changed);
    pthread_mutex_unlock(&progress->shared.mutex);
    if (progress->is_started)
        pthread_join(progress->thread, NULL);
    if (progress->is_terminal)
        fputs("\r\x1b[K", stderr);
    pthread_cond_destroy(&progress->shared.changed);
    pthread_mutex_destroy(&progress->shared.mutex);
    mem_free(progress);
}
