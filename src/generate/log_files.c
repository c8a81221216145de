/* log_files: writes log_data/YYYY/MM/YYYY-MM-DD-events.json, with the events in order of time.
 *
 * A day is written by one thread, which simulates it: sessions are opened when they begin, and a
 * priority queue gives the open session with the next event. So the memory holds the plans of the
 * day's sessions and the few open sessions, but not the day's events. Sessions of the day before
 * that are open at midnight are first simulated up to midnight, without writing their events. */
#include "event_line.h"
#include "plain_files.h"
#include "session_queue.h"

#include <calendar.h>

#define WRITE_BYTES (1024 * 1024)

/* The state of one thread. A day's file is created by the first event; a day without events has
 * none. */
struct log_writer {
    struct session_queue queue;
    struct session_plans plans;
    struct buffer path; /* of the day's file */
    size_t folder_len;  /* of the path */
    struct new_file file;
    struct buffer out;
    struct generate_report written;
};

struct log_job {
    const struct dataset *dataset;
    const char *folder;
    struct log_writer *writers;
};

static void log_writer_release(struct log_writer *writer)
{
    session_queue_release(&writer->queue);
    session_plans_release(&writer->plans);
    new_file_release(&writer->file);
    buffer_release(&writer->path);
    buffer_release(&writer->out);
}

/* ---- A day's file -------------------------------------------------------------------------- */

static void set_path(struct log_writer *writer, const struct log_job *job, int64_t day)
{
    struct calendar_date date = calendar_date_of_days(day);
    buffer_reset(&writer->path);
    buffer_appendf(&writer->path, "%s/%04d/%02d", job->folder, date.year, date.month);
    writer->folder_len = writer->path.len;
    buffer_appendf(&writer->path, "/%04d-%02d-%02d-events.json", date.year, date.month, date.day);
}

static enum status begin_file(struct log_writer *writer, struct error *error)
{
    const char *path = buffer_text(&writer->path);
    char CLEANUP(mem_drop) *folder = str_dup((struct str){path, writer->folder_len});
    TRY(folder_make(folder, error));
    return new_file_begin(&writer->file, path, error);
}

static enum status flush(struct log_writer *writer, struct error *error)
{
    TRY(new_file_write(&writer->file, buffer_str(&writer->out), error));
    writer->written.log_bytes += writer->out.len;
    buffer_reset(&writer->out);
    return STATUS_OK;
}

static enum status write_event(struct log_writer *writer, const struct dataset *dataset,
                               struct error *error)
{
    if (!writer->file.open)
        TRY(begin_file(writer, error));
    else
        buffer_append_char(&writer->out, '\n');
    const struct user_session *session = session_queue_peek(&writer->queue);
    char *at = buffer_reserve(&writer->out, LINE_MAX_BYTES);
    writer->out.len += (size_t)(event_line_write(at, dataset, session) - at);
    writer->written.events++;
    writer->written.plays += session->page == PAGE_NEXT_SONG;
    if (writer->out.len < WRITE_BYTES)
        return STATUS_OK;
    TRY(dataset_check_cancel(dataset, error));
    return flush(writer, error);
}

static enum status finish_file(struct log_writer *writer, struct error *error)
{
    if (!writer->file.open)
        return STATUS_OK;
    TRY(flush(writer, error));
    writer->written.log_files++;
    return new_file_finish(&writer->file, error);
}

/* ---- A day --------------------------------------------------------------------------------- */

static void open_session(struct log_writer *writer, const struct dataset *dataset,
                         const struct session_plan *session_plan)
{
    struct user_session session;
    user_session_begin(&session, dataset, session_plan);
    session_queue_add(&writer->queue, &session);
}

static void next_event(struct log_writer *writer, const struct dataset *dataset)
{
    struct user_session *first = session_queue_peek(&writer->queue);
    session_queue_first_moved(&writer->queue, !user_session_next(first, dataset));
}

/* Whether the next event of an open session is before `until_ms`. */
static bool queue_is_due(const struct log_writer *writer, int64_t until_ms)
{
    return writer->queue.count && session_queue_peek(&writer->queue)->ts_ms < until_ms;
}

/* Opens the sessions of the day before that are open at the midnight at which `day` begins. */
static void open_from_day_before(struct log_writer *writer, const struct dataset *dataset,
                                 uint32_t day)
{
    int64_t midnight = dataset_day_start_ms(dataset, day);
    dataset_sessions(dataset, day - 1, &writer->plans);
    for (size_t i = 0; i < writer->plans.count; i++)
        if (user_session_latest_end_ms(&writer->plans.items[i]) >= midnight)
            open_session(writer, dataset, &writer->plans.items[i]);
    while (queue_is_due(writer, midnight))
        next_event(writer, dataset);
}

static enum status write_due(struct log_writer *writer, const struct dataset *dataset,
                             int64_t until_ms, struct error *error)
{
    while (queue_is_due(writer, until_ms)) {
        TRY(write_event(writer, dataset, error));
        next_event(writer, dataset);
    }
    return STATUS_OK;
}

static enum status write_day(void *ctx, unsigned worker, uint32_t day, struct error *error)
{
    const struct log_job *job = ctx;
    const struct dataset *dataset = job->dataset;
    struct log_writer *writer = &job->writers[worker];
    set_path(writer, job, dataset->options->start_day + day);
    TRY(dataset_check_cancel(dataset, error));
    writer->queue.count = 0;
    if (day > 0)
        open_from_day_before(writer, dataset, day);
    dataset_sessions(dataset, day, &writer->plans);
    for (size_t i = 0; i < writer->plans.count; i++) {
        const struct session_plan *session_plan = &writer->plans.items[i];
        TRY(write_due(writer, dataset, session_plan->start_ms, error));
        open_session(writer, dataset, session_plan);
    }
    TRY(write_due(writer, dataset, dataset_day_start_ms(dataset, day + 1), error));
    return finish_file(writer, error);
}

/* ---- All days ------------------------------------------------------------------------------ */

static void add_up(struct generate_report *report, const struct generate_report *written)
{
    report->log_files += written->log_files;
    report->log_bytes += written->log_bytes;
    report->events += written->events;
    report->plays += written->plays;
}

enum status log_files_write(const struct dataset *dataset, const char *folder,
                            struct generate_report *report, struct error *error)
{
    unsigned threads = dataset->options->threads;
    struct log_job job = {.dataset = dataset, .folder = folder};
    job.writers = mem_zalloc(threads * sizeof *job.writers);
    enum status status = task_pool_run(threads, dataset->options->days, write_day, &job, error);
    for (unsigned i = 0; i < threads; i++) {
        add_up(report, &job.writers[i].written);
        log_writer_release(&job.writers[i]);
    }
    mem_free(job.writers);
    return status;
}
