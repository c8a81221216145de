/* The error of a request that failed for good: the action, the object and the endpoint, then the
 * reason. */
#include "s3_private.h"

static void describe(const struct s3_request *request, struct buffer *out)
{
    static const char *const verbs[] = {
        [S3_LIST] = "list",     [S3_READ] = "read",    [S3_WRITE] = "write",
        [S3_DELETE] = "delete", [S3_BUCKET] = "reach",
    };
    const struct s3_location *location = &request->s3->location;
    buffer_appendf(out, "cannot %s s3://%s", verbs[request->action], location->bucket);
    if (request->key.len)
        buffer_appendf(out, "/%.*s", STR_ARG(buffer_str(&request->key)));
    if (location->authority)
        buffer_appendf(out, " at %s://%s", location->scheme, location->authority);
}

int64_t s3_request_fail(struct s3_request *request, enum status status, const char *format, ...)
{
    CLEANUP(buffer_release) struct buffer what = {0};
    char reason[1280];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    if (!request->error)
        request->error = mem_zalloc(sizeof *request->error);
    describe(request, &what);
    request->status = error_set(request->error, status, "%s: %s", buffer_text(&what), reason);
    return HTTP_OVER;
}
