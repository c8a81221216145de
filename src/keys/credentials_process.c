/* A program that prints keys ("Sourcing credentials with an external process" in the AWS CLI's
 * guide): a shell runs the line of the profile, and what it prints is JSON. What it says besides
 * goes to the terminal as it is. The line may hold secrets, and is never shown. */
#include "credentials_private.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONGEST_MS   60000
#define LOOK_MS      100 /* how often `cancel` is checked */
#define OUTPUT_LIMIT ((size_t)64 << 10)

struct process {
    pid_t child;
    int out;         /* what it prints */
    int exit_status; /* as of waitpid */
    bool is_too_long, is_timeout, is_cancelled;
    struct buffer text;
};

static enum status start(struct process *process, const struct profile *profile,
                         struct error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(error, errno, "%s: cannot run its credential_process", profile->who);
    int failed = shell_start(profile->credential_process, -1, ends[1], &process->child);
    close(ends[1]);
    process->out = ends[0];
    if (!failed)
        return STATUS_OK;
    close(process->out);
    return error_set_errno(error, failed, "%s: cannot run its credential_process", profile->who);
}

/* Reads what the program has written so far; false at the end of its output. */
static bool read_some(struct process *process)
{
    char *to = buffer_reserve(&process->text, 4096);
    ssize_t got = read(process->out, to, 4096);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    process->text.len += (size_t)got;
    process->is_too_long = process->text.len > OUTPUT_LIMIT;
    return got > 0 && !process->is_too_long;
}

static void read_all(const struct search *search, struct process *process)
{
    uint64_t start = clock_ns();
    bool more = true;
    buffer_reserve(
        &process->text,
        OUTPUT_LIMIT +
            8192); /* reserved at once: a buffer that grows would leave copies of the keys */
    while (more) {
        struct pollfd wanted = {.fd = process->out, .events = POLLIN};
        process->is_cancelled = search_is_cancelled(search);
        process->is_timeout = clock_ns() - start > (uint64_t)LONGEST_MS * NS_PER_MS;
        if (process->is_cancelled || process->is_timeout)
            return;
        if (poll(&wanted, 1, LOOK_MS) > 0)
            more = read_some(process);
    }
}

static void end(struct process *process)
{
    close(process->out);
    if (process->is_too_long || process->is_timeout || process->is_cancelled)
        kill(process->child, SIGTERM);
    while (waitpid(process->child, &process->exit_status, 0) < 0 && errno == EINTR)
        ;
}

static enum status failed(const struct process *process, const char *who, struct error *error)
{
    int status = process->exit_status;
    if (process->is_cancelled)
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    if (process->is_timeout)
        return error_set(error, STATUS_DENIED, "%s: its credential_process has not ended in %d s",
                         who, LONGEST_MS / 1000);
    if (process->is_too_long)
        return error_set(error, STATUS_DENIED, "%s: its credential_process prints more than 64 KiB",
                         who);
    if (WIFSIGNALED(status))
        return error_set(error, STATUS_DENIED, "%s: its credential_process was ended by signal %d",
                         who, WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return error_set(error, STATUS_DENIED,
                         "%s: its credential_process failed with exit code %d", who,
                         WEXITSTATUS(status));
    return STATUS_OK;
}

static enum status parse_keys(const struct process *process, const char *who,
                              struct credentials *out, struct error *error)
{
    static const struct key_names names = {"AccessKeyId", "SecretAccessKey", "SessionToken",
                                           "Expiration"};
    CLEANUP(buffer_release) struct buffer link = {0};
    json_auto_t *object = json_loadb(process->text.data, process->text.len, 0, NULL);
    buffer_appendf(&link, "%s: credential_process", who);
    enum status status =
        credentials_from_object(object, &names, "a program", buffer_text(&link), out, error);
    if (status == STATUS_OK && json_integer_value(json_object_get(object, "Version")) != 1) {
        credentials_release(out);
        status = error_set(error, STATUS_DENIED,
                           "%s: what its credential_process prints has another Version "
                           "than 1",
                           who);
    }
    return status;
}

enum status credentials_from_process(struct search *search, const struct profile *profile,
                                     struct credentials *out, struct error *error)
{
    struct process process = {0};
    TRY(start(&process, profile, error));
    read_all(search, &process);
    end(&process);
    enum status status = failed(&process, profile->who, error);
    if (status == STATUS_OK)
        status = parse_keys(&process, profile->who, out, error);
    secret_buffer_release(&process.text);
    if (status == STATUS_OK)
        search_say_found(search, profile->who, out, "credential_process");
    else if (status != STATUS_INTERRUPTED)
        error_hint(error, "run that command in a shell: it must print keys as JSON");
    return status;
}
