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

/* The state of one thread. */
struct log_writer {
    struct session_queue queue;
    struct session_plans plans;
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
    buffer_release(&writer->out);
}

/* ---- A day's file -------------------------------------------------------------------------- */

/* The file is created by the first event; a day without events has no file. */
struct day_file {
    struct buffer path;
    size_t folder_len;
    struct new_file file;
};

static void day_file_init(struct day_file *day_file, const struct log_job *job, int64_t day)
{
    struct calendar_date date = calendar_date_of_days(day);
    *day_file = (struct day_file){0};
    buffer_appendf(&day_file->path, "%s/%04d/%02d", job->folder, date.year, date.month);
    day_file->folder_len = day_file->path.len;
    buffer_appendf(&day_file->path, "/%04d-%02d-%02d-events.json", date.year, date.month, date.day);
}

static void day_file_release(struct day_file *day_file)
{
    new_file_release(&day_file->file);
    buffer_release(&day_file->path);
}

static enum status day_file_begin(struct day_file *day_file, struct error *error)
{
    const char *path = buffer_text(&day_file->path);
    char CLEANUP(mem_drop) *folder = str_dup((struct str){path, day_file->folder_len});
    TRY(folder_make(folder, error));
    return new_file_begin(&day_file->file, path, error);
}

static enum status flush(struct log_writer *writer, struct day_file *day_file, struct error *error)
{
    TRY(new_file_write(&day_file->file, buffer_str(&writer->out), error));
    writer->written.log_bytes += writer->out.len;
    buffer_reset(&writer->out);
    return STATUS_OK;
}

static enum status write_event(struct log_writer *writer, const struct dataset *dataset,
                               struct day_file *day_file, struct error *error)
{
    if (!day_file->file.open)
        TRY(day_file_begin(day_file, error));
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
    return flush(writer, day_file, error);
}

static enum status day_file_finish(struct log_writer *writer, struct day_file *day_file,
                                   struct error *error)
{
    if (!day_file->file.open)
        return STATUS_OK;
    TRY(flush(writer, day_file, error));
    writer->written.log_files++;
    return new_file_finish(&day_file->file, error);
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
    if (user_session_next(session_queue_peek(&writer->queue), dataset))
        session_queue_first_moved(&writer->queue);
    else
        session_queue_first_ended(&writer->queue);
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
                             int64_t until_ms, struct day_file *day_file, struct error *error)
{
    while (queue_is_due(writer, until_ms)) {
        TRY(write_event(writer, dataset, day_file, error));
        next_event(writer, dataset);
    }
    return STATUS_OK;
}

static enum status write_day(void *ctx, unsigned worker, uint32_t day, struct error *error)
{
    const struct log_job *job = ctx;
    const struct dataset *dataset = job->dataset;
    struct log_writer *writer = &job->writers[worker];
    struct day_file CLEANUP(day_file_release) day_file;
    day_file_init(&day_file, job, dataset->options->start_day + day);
    TRY(dataset_check_cancel(dataset, error));
    writer->queue.count = 0;
    if (day > 0)
        open_from_day_before(writer, dataset, day);
    dataset_sessions(dataset, day, &writer->plans);
    for (size_t i = 0; i < writer->plans.count; i++) {
        const struct session_plan *session_plan = &writer->plans.items[i];
        TRY(write_due(writer, dataset, session_plan->start_ms, &day_file, error));
        open_session(writer, dataset, session_plan);
    }
    TRY(write_due(writer, dataset, dataset_day_start_ms(dataset, day + 1), &day_file, error));
    return day_file_finish(writer, &day_file, error);
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
