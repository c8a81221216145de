/* A job: a command's settings, filled option by option, and a thread that runs it. */
#include <sparkify.h>

#include "library.h"

#include <commands.h>
#include <document.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct sparkify_job {
    const struct command *command; /* NULL: there is no command of the given name */
    void *settings;                /* the command's settings; begins with */
    struct arena arena;            /* the options' values */
    struct error error;            /* of the first call that failed, or of the job */
    struct error outcome;          /* of the job, while it runs; then in `error` */
    char *result;
    struct notes notes;
    atomic_bool cancel;
    pthread_t thread;
    bool is_started, is_joined;
    int over_fd; /* can be read once the job is over */
};

const char *sparkify_version(void)
{
    return SPARKIFY_VERSION;
}

/* ---- Making and freeing ---------------------------------------------------------------------- */

static void init_settings(struct sparkify_job *job)
{
    job->settings = mem_zalloc(job->command->settings_size);
    struct common_settings *common = job->settings;
    common->host = (struct host){notes_say, &job->notes, &job->cancel};
    command_begin(job->command, job->settings);
}

struct sparkify_job *sparkify_job_new(const char *command)
{
    library_init();
    struct sparkify_job *job = mem_zalloc(sizeof *job);
    notes_init(&job->notes);
    const struct command *found = NULL;
    if (command_find(command, &found, &job->error) == STATUS_OK && !found->run)
        error_set(&job->error, STATUS_USAGE, "%s is not available in the library", command);
    if (job->error.status != STATUS_OK)
        return job;
    job->command = found;
    init_settings(job);
    return job;
}

void sparkify_job_free(struct sparkify_job *job)
{
    if (!job)
        return;
    sparkify_job_cancel(job);
    if (job->is_started) {
        sparkify_job_wait(job, -1);
        close(job->over_fd);
    }
    if (job->command)
        command_end(job->command, job->settings);
    mem_free(job->settings);
    free(job->result);
    arena_release(&job->arena);
    notes_release(&job->notes);
    mem_free(job);
}

/* ---- Options --------------------------------------------------------------------------------- */

int sparkify_job_set(struct sparkify_job *job, const char *option, const char *value)
{
    if (job->error.status != STATUS_OK)
        return sparkify_job_status(job);
    if (job->is_started)
        error_set(&job->error, STATUS_USAGE, "%s cannot be set once the job has started", option);
    else
        (void)!options_set(job->command, job->settings, option, library_keep(&job->arena, value),
                           &job->error);
    return sparkify_job_status(job);
}

/* ---- Running --------------------------------------------------------------------------------- */

static char *make_document(const struct sparkify_job *job, enum status status,
                           const struct error *error)
{
    const struct common_settings *common = job->settings;
    char *text = NULL;
    size_t len;
    FILE *file = open_memstream(&text, &len);
    if (!file)
        mem_exhausted();
    document_write(file, job->command, common->document, status, error);
    if (fclose(file) != 0)
        mem_exhausted();
    return text;
}

static void *job_main(void *argument)
{
    struct sparkify_job *job = argument;
    const struct command *command = job->command;
    (void)locale_use_c(); /* numbers in documents and metrics have a decimal point */
    enum status status = command->run(job->settings, &job->outcome);
    job->outcome.status = status;
    if (command->after)
        command->after(job->settings, status, &job->outcome);
    job->result = make_document(job, status, &job->outcome);
    (void)!eventfd_write(job->over_fd, 1);
    return NULL;
}

int sparkify_job_start(struct sparkify_job *job)
{
    if (job->error.status != STATUS_OK)
        return sparkify_job_status(job);
    if (job->is_started) {
        error_set(&job->error, STATUS_USAGE, "a job runs only once: make a new one");
        return sparkify_job_status(job);
    }
    if (options_complete(job->command, job->settings, &job->error) != STATUS_OK)
        return sparkify_job_status(job);
    job->over_fd = eventfd(0, EFD_CLOEXEC);
    int failed = job->over_fd < 0 ? errno : thread_start(&job->thread, job_main, job);
    if (failed)
        error_set_errno(&job->error, failed, "cannot start the job's thread");
    if (failed && job->over_fd >= 0)
        close(job->over_fd);
    job->is_started = failed == 0;
    return sparkify_job_status(job);
}

/* A signal of the host's ends a poll early: it goes on with the time that is left. */
static bool is_over_within(const struct sparkify_job *job, int milliseconds)
{
    struct pollfd over = {.fd = job->over_fd, .events = POLLIN};
    uint64_t end_ns = clock_ns() + (uint64_t)milliseconds * NS_PER_MS;
    int found = poll(&over, 1, milliseconds);
    while (found < 0 && errno == EINTR) {
        uint64_t now_ns = clock_ns();
        uint64_t left_ns = end_ns > now_ns ? end_ns - now_ns : 0;
        found = poll(&over, 1, (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS));
    }
    return found > 0;
}

bool sparkify_job_wait(struct sparkify_job *job, int milliseconds)
{
    if (!job->is_started || job->is_joined)
        return true;
    if (milliseconds >= 0 && !is_over_within(job, milliseconds))
        return false;
    pthread_join(job->thread, NULL);
    job->is_joined = true;
    job->error = job->outcome;
    return true;
}

void sparkify_job_cancel(struct sparkify_job *job)
{
    atomic_store(&job->cancel, true);
}

/* ---- Results --------------------------------------------------------------------------------- */

void sparkify_job_progress(const struct sparkify_job *job, struct sparkify_progress *out)
{
    struct sparkify_progress progress = {.size = out->size, .phase = ""};
    if (job->is_started && !job->is_joined && job->command->progress_offset) {
        const struct run_progress *run =
            (const void *)((const char *)job->settings + job->command->progress_offset);
        const struct model *model = atomic_load(&run->model);
        progress.phase = run_phase_title(model ? model : model_builtin(),
                                         (enum run_phase)atomic_load(&run->phase));
        progress.files_done = atomic_load(&run->files_done);
        progress.files_total = atomic_load(&run->files_total);
        progress.bytes_done = atomic_load(&run->bytes_done);
        progress.bytes_total = atomic_load(&run->bytes_total);
        progress.records_done = atomic_load(&run->records_done);
    }
    memcpy(out, &progress, out->size < sizeof progress ? out->size : sizeof progress);
}

int sparkify_job_status(const struct sparkify_job *job)
{
    return status_exit_code(job->error.status);
}

const char *sparkify_job_message(const struct sparkify_job *job)
{
    return library_message(&job->error);
}

const char *sparkify_job_hint(const struct sparkify_job *job)
{
    return library_hint(&job->error);
}

const char *sparkify_job_result(struct sparkify_job *job)
{
    return job->is_joined ? job->result : "";
}

const char *sparkify_job_notes(struct sparkify_job *job)
{
    return notes_text(&job->notes);
}
