/* Each line is one write to a file opened with O_APPEND, so lines of several programs do not mix.
 */
#include "logging.h"

#include <document.h>
#include <printable.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static struct {
    int fd; /* -1: nothing is written */
    bool is_stderr;
    enum logging_format format;
    enum logging_level level;
} logging = {.fd = -1};

static const char *const names[] = {
#define X(id, name) [id] = name,
    LOGGING_LEVELS(X)
#undef X
};

enum status logging_open(const struct logging_settings *settings, struct error *error)
{
    logging.format = settings->format;
    logging.level = settings->level;
    logging.is_stderr = !settings->file && settings->format == LOGGING_JSON;
    if (logging.is_stderr)
        logging.fd = STDERR_FILENO;
    if (!settings->file)
        return STATUS_OK;
    logging.fd = open(settings->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (logging.fd >= 0)
        return STATUS_OK;
    error_set_errno(error, errno, "cannot write the log %s", settings->file);
    return error_hint(error, "--log-file names a file in a folder that is there");
}

void logging_close(void)
{
    if (logging.fd >= 0 && !logging.is_stderr)
        close(logging.fd);
    logging.fd = -1;
    logging.is_stderr = false;
}

bool logging_has_stderr(void)
{
    return logging.is_stderr;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static void append_time(struct buffer *out)
{
    char text[UTC_TEXT];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    utc_text_ms((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, text);
    buffer_append_str(out, str_of(text));
}

/* Appends the text without line ends. */
static void append_flat(struct buffer *out, const char *text)
{
    size_t begin = out->len;
    printable_append(out, str_of(text));
    for (size_t i = begin; i < out->len; i++)
        if (out->data[i] == '\n')
            out->data[i] = ' ';
}

static void append_text(struct buffer *out, enum logging_level level, const char *message,
                        const char *hint)
{
    append_time(out);
    buffer_appendf(out, " %s ", names[level]);
    append_flat(out, message);
    if (hint[0]) {
        buffer_append_str(out, STR("; "));
        append_flat(out, hint);
    }
}

static void append_json(struct buffer *out, enum logging_level level, const char *message,
                        const char *hint)
{
    CLEANUP(buffer_release) struct buffer now = {0};
    append_time(&now);
    json_auto_t *line =
        json_pack("{ss ss so so*}", "time", buffer_text(&now), "level", names[level], "message",
                  query_json_text(str_of(message)), "hint", hint[0] ? document_text(hint) : NULL);
    char *text = json_dumps(line, JSON_COMPACT);
    if (!text)
        mem_exhausted();
    buffer_append_str(out, str_of(text));
    free(text);
}

void logging_write(enum logging_level level, const char *message, const char *hint)
{
    CLEANUP(buffer_release) struct buffer line = {0};
    if (logging.fd < 0 || level < logging.level)
        return;
    (logging.format == LOGGING_JSON ? append_json : append_text)(&line, level, message, hint);
    buffer_append_char(&line, '\n');
    (void)!write(logging.fd, line.data,
                 line.len); /* a log that cannot be written does not end the run */
}
