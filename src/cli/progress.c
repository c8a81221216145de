/* A thread that reads the run's counters periodically and draws them. */
#include "progress.h"

#include "logging.h"
#include "progress_line.h"
#include "terminal.h"

#include <text_width.h>
#include <time.h>

#define BAR_INTERVAL_MS   100
#define LINES_INTERVAL_MS 5000
/* Switches line wrapping off: a terminal may have become narrower before it reports so. */
#define NO_WRAP "\x1b[?7l"
#define WRAP    "\x1b[?7h"

struct progress {
    const struct run_progress *run;
    bool is_bar;        /* else lines */
    unsigned bar_width; /* of the one that is shown */
    uint64_t start_ns;
    pthread_t thread;
    bool is_started;
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        bool over;
    } shared;
};

/* The cursor stays at the start of the line. A terminal that has become narrower may have wrapped
 * the line, so the rows below are cleared, too. */
static void clear_bar(struct progress *progress, unsigned columns, struct buffer *out)
{
    buffer_append_str(out, STR(TERMINAL_CLEAR));
    if (progress->bar_width <= columns)
        return;
    buffer_append_str(out, STR("\x1b"
                               "7")); /* saves the cursor's position; ESC 8 restores it */
    for (unsigned rest = progress->bar_width - columns; rest > 0;
         rest = rest > columns ? rest - columns : 0)
        buffer_append_str(out, STR("\x1b[B\x1b[2K"));
    buffer_append_str(out, STR("\x1b"
                               "8"));
}

static void wipe_bar(struct progress *progress)
{
    CLEANUP(buffer_release) struct buffer line = {0};
    clear_bar(progress, terminal_columns(), &line);
    fputs(buffer_text(&line), stderr);
}

/* One write, since other threads print notes. */
static void show_bar(struct progress *progress)
{
    CLEANUP(buffer_release) struct buffer line = {0}, text = {0};
    unsigned columns = terminal_columns();
    progress_line_draw(progress->run, clock_seconds_since(progress->start_ns), columns, &text);
    clear_bar(progress, columns, &line);
    buffer_append_str(&line, STR(NO_WRAP));
    buffer_append_str(&line, buffer_str(&text));
    buffer_append_str(&line, STR("\r" WRAP));
    fwrite(line.data, 1, line.len, stderr);
    fflush(stderr);
    progress->bar_width = (unsigned)text_width(buffer_str(&text));
}

static void show_line(struct progress *progress)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    char time_text[UTC_TEXT];
    utc_text((int64_t)time(NULL), time_text);
    buffer_appendf(&text, "%s: ", progress_line_phase(progress->run));
    progress_line_describe(progress->run, clock_seconds_since(progress->start_ns), &text);
    logging_write(LOGGING_INFO, buffer_text(&text), "");
    if (!logging_has_stderr())
        fprintf(stderr, "sparkify: %s %s\n", time_text, buffer_text(&text));
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
        add_ms(&next, progress->is_bar ? BAR_INTERVAL_MS : LINES_INTERVAL_MS);
        while (!progress->shared.over &&
               pthread_cond_timedwait(&progress->shared.changed, &progress->shared.mutex, &next) ==
                   0)
            continue;
        if (!progress->shared.over)
            (progress->is_bar ? show_bar : show_line)(progress);
    }
    pthread_mutex_unlock(&progress->shared.mutex);
    return NULL;
}

struct progress *progress_begin(const struct run_progress *run)
{
    struct progress *progress = mem_zalloc(sizeof *progress);
    progress->run = run;
    progress->is_bar = terminal_can_redraw() && !logging_has_stderr();
    progress->start_ns = clock_ns();
    pthread_mutex_init(&progress->shared.mutex, NULL);
    pthread_cond_init(&progress->shared.changed, NULL);
    progress->is_started = thread_start(&progress->thread, progress_main, progress) == 0;
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
    if (progress->is_bar)
        wipe_bar(progress);
    pthread_cond_destroy(&progress->shared.changed);
    pthread_mutex_destroy(&progress->shared.mutex);
    mem_free(progress);
}
