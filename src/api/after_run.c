#include "after_run.h"

#include "metrics.h"
#include <document.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define OFFSET(member) offsetof(struct after_run_settings, member)

const struct option after_run_options[] = {
    {"metrics-file", "FILE",
     "write the run's figures into this file, as OpenMetrics has them;\n"
     "node_exporter's textfile collector reads it",
     option_parse_text, OFFSET(metrics_file)},
    {"on-success", "CMD",
     "run this with sh after a run that succeeded, with what --json\n"
     "prints on its standard input",
     option_parse_text, OFFSET(on_success)},
    {"on-failure", "CMD", "the same after a run that failed", option_parse_text,
     OFFSET(on_failure)},
    {NULL},
};

/* ---- Commands -------------------------------------------------------------------------------- */

/* Starts a shell with a pipe as standard input; its standard output is our standard error, since
 * ours has the summary. Returns 0 or an errno. */
static int start(const char *line, pid_t *pid, FILE **input)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    int failed = shell_start(line, ends[0], STDERR_FILENO, pid);
    close(ends[0]);
    *input = failed ? NULL : fdopen(ends[1], "w");
    if (!*input)
        close(ends[1]);
    return failed;
}

static void say_how_it_ended(const struct common_settings *common, const char *option, int ended)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    if (WIFEXITED(ended) && WEXITSTATUS(ended) == 0)
        return;
    if (WIFEXITED(ended))
        buffer_appendf(&text, "the command of --%s ended with exit code %d", option,
                       WEXITSTATUS(ended));
    else
        buffer_appendf(&text, "the command of --%s was ended by signal %d", option,
                       WTERMSIG(ended));
    host_warn(&common->host, buffer_text(&text));
}

static void run_line(const char *line, const char *option, const struct command *command,
                     const struct common_settings *common, json_t *content, enum status status,
                     const struct error *error)
{
    struct error problem;
    FILE *input = NULL;
    pid_t pid;
    int ended;
    fflush(stdout);
    int failed = start(line, &pid, &input);
    if (failed) {
        error_set_errno(&problem, failed, "cannot run the command of --%s", option);
        host_warn(&common->host, problem.message);
        return;
    }
    if (input) { /* the command may read any part of it */
        document_write(input, command, content, status, error);
        fclose(input);
    }
    while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
        continue;
    say_how_it_ended(common, option, ended);
}

/* ---- All that follows a run ------------------------------------------------------------------ */

void after_run_notify(const struct after_run_settings *settings, const struct command *command,
                      const struct common_settings *common, const struct run_report *report,
                      json_t *content, enum status status, const struct error *error)
{
    struct error problem;
    bool has_succeeded = status == STATUS_OK;
    const char *line = has_succeeded ? settings->on_success : settings->on_failure;
    if (settings->metrics_file &&
        metrics_write(settings->metrics_file, report, has_succeeded, &problem) != STATUS_OK)
        host_warn(&common->host, problem.message);
    if (line)
        run_line(line, has_succeeded ? "on-success" : "on-failure", command, common, content,
                 status, error);
}
