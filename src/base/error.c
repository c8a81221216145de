/* Errors: a status, one sentence, and what to try. */
#include <base.h>

#include <errno.h>

static const struct {
    const char *name, *hint;
    int exit_code;
} statuses[] = {
#define X(name, exit_status, hint) {#name, hint, exit_status},
    STATUS_LIST(X)
#undef X
};

static void set_text(struct error *error, enum status status, const char *format, va_list args)
{
    error->status = status;
    error->hint[0] = '\0';
    vsnprintf(error->message, sizeof error->message, format, args);
}

static void append_reason(struct error *error, const char *reason)
{
    size_t used = strlen(error->message);
    snprintf(error->message + used, sizeof error->message - used, ": %s", reason);
}

enum status error_set(struct error *error, enum status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_text(error, status, format, args);
    va_end(args);
    return status;
}

static enum status status_of_errno(int error_number)
{
    switch (error_number) {
    case ENOENT:
        return STATUS_NOT_FOUND;
    case ENOTDIR:
        return STATUS_NOT_A_FOLDER;
    case EACCES:
    case EPERM:
    case EROFS:
        return STATUS_DENIED;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return STATUS_NO_SPACE;
    case EEXIST:
        return STATUS_EXISTS;
    case EMFILE:
    case ENFILE:
    case ENAMETOOLONG:
        return STATUS_LIMIT;
    case EIO:
        return STATUS_IO;
    default:
        return STATUS_FAILED;
    }
}

/* GNU's strerror_r returns the text; POSIX's, which musl has, fills the buffer. */
const char *errno_text(int error_number, char buffer[static ERRNO_TEXT])
{
#ifdef __GLIBC__
    return strerror_r(error_number, buffer, ERRNO_TEXT);
#else
    return strerror_r(error_number, buffer, ERRNO_TEXT) == 0 ? buffer : "unknown error";
#endif
}

enum status error_set_errno(struct error *error, int error_number, const char *format, ...)
{
    char reason[ERRNO_TEXT];
    va_list args;
    va_start(args, format);
    set_text(error, status_of_errno(error_number), format, args);
    va_end(args);
    append_reason(error, errno_text(error_number, reason));
    return error->status;
}

enum status error_hint(struct error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->hint, sizeof error->hint, format, args);
    va_end(args);
    return error->status;
}

enum status error_wrap(struct error *error, const char *format, ...)
{
    char inner[sizeof error->message];
    memcpy(inner, error->message, sizeof inner);
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    append_reason(error, inner);
    return error->status;
}

const char *error_hint_text(const struct error *error)
{
    return error->hint[0] ? error->hint : statuses[error->status].hint;
}

int status_exit_code(enum status status)
{
    return statuses[status].exit_code;
}

const char *status_name(enum status status)
{
    return statuses[status].name;
}
