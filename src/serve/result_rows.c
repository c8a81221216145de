/* A download is buffered in a file: the worker is free once it has sent all rows, however slow the
 * client is, and a query that fails halfway is an error, not half a file. */
#include "result_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define JSON_ROWS  10000
#define JSON_BYTES ((size_t)4 << 20)
#define FILE_BYTES ((uint64_t)4 << 30)
#define WRITE_SIZE ((size_t)1 << 20)

/* ---- JSON ------------------------------------------------------------------------------------ */

enum status result_rows_append_json(struct query_result *result, int64_t version, uint64_t began_ns,
                                    struct buffer *out, struct error *error)
{
    uint64_t rows = 0, shown = 0;
    bool is_full = false;
    size_t count;
    const struct query_column *columns = query_result_columns(result, &count);
    const struct query_batch *batch;
    buffer_appendf(out, "{\"version\":%lld,\"columns\":[", (long long)version);
    query_append_json_columns(out, columns, count);
    buffer_append_str(out, STR("],\"rows\":["));
    for (;;) {
        TRY(query_result_next(result, &batch, error));
        if (!batch)
            break;
        rows += batch->rows;
        for (size_t row = 0; row < batch->rows && !is_full; row++) {
            size_t before = out->len;
            buffer_append_str(out, shown ? STR(",\n") : STR("\n"));
            query_append_json_row(out, columns, count, batch, row, SIZE_MAX);
            is_full = out->len > JSON_BYTES || ++shown == JSON_ROWS;
            if (out->len > JSON_BYTES)
                out->len = before; /* a single row may exceed the limit */
        }
    }
    buffer_appendf(out, "],\n\"count\":%llu,\"seconds\":%.3f}\n", (unsigned long long)rows,
                   clock_seconds_since(began_ns));
    return STATUS_OK;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static enum status open_nameless(int *out_fd, struct error *error)
{
    const char *folder = getenv("TMPDIR");
    CLEANUP(buffer_release) struct buffer path = {0};
    if (!folder || folder[0] != '/')
        folder = "/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) { /* O_TMPFILE is not supported by every file system */
        buffer_appendf(&path, "%s/sparkify-XXXXXX", folder);
        fd = mkostemp((char *)(uintptr_t)buffer_text(&path), O_CLOEXEC);
        if (fd >= 0)
            unlink(buffer_text(&path));
    }
    if (fd < 0)
        return error_set_errno(error, errno, "cannot make a file for the rows in %s", folder);
    *out_fd = fd;
    return STATUS_OK;
}

static enum status write_all(int fd, struct buffer *bytes, uint64_t *total, struct error *error)
{
    for (size_t done = 0; done < bytes->len;) {
        ssize_t written = write(fd, bytes->data + done, bytes->len - done);
        if (written < 0 && errno != EINTR)
            return error_set_errno(error, errno, "cannot write the rows into a temporary file");
        done += written > 0 ? (size_t)written : 0;
    }
    *total += bytes->len;
    buffer_reset(bytes);
    if (*total <= FILE_BYTES)
        return STATUS_OK;
    error_set(error, STATUS_LIMIT, "the rows are more than 4 GiB");
    return error_hint(error, "ask for fewer days or columns, or run it by 'sparkify query'");
}

static enum status write_rows(struct query_result *result, struct query_writer *writer, int fd,
                              uint64_t *total, struct error *error)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    const struct query_batch *batch;
    query_writer_begin(writer, &bytes);
    for (;;) {
        TRY(query_result_next(result, &batch, error));
        if (!batch)
            break;
        query_writer_add(writer, batch, &bytes);
        if (bytes.len >= WRITE_SIZE)
            TRY(write_all(fd, &bytes, total, error));
    }
    query_writer_end(writer, &bytes);
    return write_all(fd, &bytes, total, error);
}

enum status result_rows_write_file(struct query_result *result, enum query_format format,
                                   int *out_fd, uint64_t *out_bytes, struct error *error)
{
    size_t count;
    const struct query_column *columns = query_result_columns(result, &count);
    uint64_t total = 0;
    int fd = -1;
    TRY(open_nameless(&fd, error));
    struct query_writer *writer =
        query_writer_new(format, columns, count, &(struct query_layout){0});
    enum status status = write_rows(result, writer, fd, &total, error);
    query_writer_free(writer);
    if (status != STATUS_OK) {
        close(fd);
        return status;
    }
    *out_fd = fd;
    *out_bytes = total;
    return STATUS_OK;
}
