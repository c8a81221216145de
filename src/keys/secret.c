/* Text that must not stay in memory: wiped before it is given back. */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

#define MAX_FILE_BYTES ((off_t)1 << 20)

void secret_free(char *text)
{
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    mem_free(text);
}

void secret_buffer_release(struct buffer *buffer)
{
    if (buffer->data)
        OPENSSL_cleanse(buffer->data, buffer->cap);
    buffer_release(buffer);
}

static void close_file(const int *fd)
{
    close(*fd);
}

/* Reserved at once, so that a buffer that grows leaves no copy of a secret in freed memory. */
static enum status read_text(int fd, size_t size, const char *path, struct buffer *out,
                             struct error *error)
{
    buffer_reserve(out, size + 1);
    while (out->len < size) {
        ssize_t got = read(fd, out->data + out->len, size - out->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(error, errno, "cannot read %s", path);
        if (got == 0)
            break;
        out->len += (size_t)got;
    }
    return STATUS_OK;
}

enum status secret_file_read(const char *path, struct secret_file *out, struct error *error)
{
    struct stat info;
    off_t max_bytes = out->max_bytes ? out->max_bytes : MAX_FILE_BYTES;
    /* O_NONBLOCK: the open of a pipe does not wait for its writer */
    CLEANUP(close_file) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return STATUS_OK;
    if (fd < 0 || fstat(fd, &info) != 0)
        return error_set_errno(error, errno, "cannot read %s", path);
    if (!S_ISREG(info.st_mode))
        return error_set(error, STATUS_FAILED, "%s is %s, not a file", path,
                         S_ISDIR(info.st_mode) ? "a folder" : "something special");
    if (info.st_size > max_bytes)
        return error_set(error, STATUS_LIMIT,
                         "%s has more than %lld KiB: it is not what it should be", path,
                         (long long)(max_bytes >> 10));
    out->is_there = true;
    out->mode = info.st_mode;
    return read_text(fd, (size_t)info.st_size, path, &out->text, error);
}

void secret_file_release(struct secret_file *file)
{
    secret_buffer_release(&file->text);
    *file = (struct secret_file){0};
}
