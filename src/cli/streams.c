/* The three standard descriptors. */
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

void streams_init(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", O_RDWR); /* gets the lowest free number: fd */
}

/* A pipe without a reader, or a socket whose other end is closed. */
static bool is_reader_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

/* Returns 0 or an errno. After a failed write the bytes are mostly still in the buffer, so the
 * flush fails for the same reason. The C library drops them where a text is longer than the buffer;
 * then a line end is written to learn the reason: the output is incomplete anyway. */
static int flush(void)
{
    if (fflush(stdout) != 0)
        return errno;
    if (!ferror(stdout))
        return 0;
    return write(STDOUT_FILENO, "\n", 1) < 0 ? errno : EIO;
}

enum status streams_flush(const char *done, struct error *error)
{
    int error_number = flush();
    if (error_number == 0 || error_number == EPIPE || is_reader_gone())
        return STATUS_OK;
    error_set_errno(error, error_number, "%s%swriting to the standard output failed",
                    done ? done : "", done ? ", but " : "");
    return error_hint(error, "send the output to a place that can be written to");
}
