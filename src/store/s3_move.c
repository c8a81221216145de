/* Moving an object: CopyObject, in the background as puts are. The server copies; nothing passes
 * through here. */
#include "s3.h"

/* Seconds without a byte: some servers answer only when all is copied. */
#define COPY_STALL_S 300

struct copied {
    bool has_etag;
};

static void take_copied(void *ctx, const char *parent, const char *name, struct str text)
{
    struct copied *copied = ctx;
    if (strcmp(parent, "CopyObjectResult") == 0 && strcmp(name, "ETag") == 0)
        copied->has_etag = text.len > 0;
}

/* A copy that failed after it had begun is answered with 200 and an error (CopyObject, "Response
 * and special errors"). Copying again does no harm. */
static bool check_copied(struct s3_request *request, const char **problem)
{
    struct copied copied = {0};
    *problem = "the answer does not say that the object was copied";
    return s3_xml_read(buffer_str(&request->http.answer.body), "CopyObjectResult", take_copied,
                       &copied) &&
           copied.has_etag;
}

static void copy_is_over(struct s3_request *request)
{
    s3_put_leave(request->s3, 0, request, NULL);
    s3_request_free(request);
}

enum status s3_move(struct store *store, const struct store_object *from, struct str key,
                    struct error *error)
{
    struct s3 *s3 = s3_of(store);
    CLEANUP(buffer_release) struct buffer source = {0};
    TRY(s3_put_enter(s3, 0, error));
    struct s3_request *request = s3_request_new(s3, S3_WRITE, "PUT", key);
    buffer_appendf(&source, "/%s/%s", s3->place.bucket, s3->place.prefix);
    buffer_append_str(&source, from->key);
    uri_encode(buffer_str(&source), true, &request->copy_source);
    request->http.stall_s = COPY_STALL_S;
    request->check = check_copied;
    request->done = copy_is_over;
    s3_request_body(request);
    s3_send(request);
    return STATUS_OK;
}
