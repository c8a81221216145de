/* Moving an object by CopyObject, in the background as puts are: the server copies the bytes. */
#include "s3_private.h"

/* Seconds without a byte: some servers answer only after the whole copy. */
#define COPY_STALL_S 300

/* A copy that failed after it had begun is answered with 200 and an error (CopyObject, "Response
 * and special errors"). Copying again does no harm. */
static const char *check_copied(struct s3_request *request)
{
    static const struct xml_schema copied = {"CopyObjectResult", {{"CopyObjectResult", "ETag"}}};
    return xml_read(buffer_str(&request->http.answer.body), &copied, NULL, NULL)
               ? NULL
               : "the answer does not say that the object was copied";
}

enum status s3_move(struct store *store, const struct store_object *from, struct str key,
                    struct error *error)
{
    struct s3 *s3 = s3_of(store);
    CLEANUP(buffer_release) struct buffer source = {0};
    TRY(s3_put_enter(s3, 0, error));
    struct s3_request *request = s3_request_new(s3, S3_WRITE, "PUT", key);
    buffer_appendf(&source, "/%s/%s", s3->location.bucket, s3->location.prefix);
    buffer_append_str(&source, from->key);
    sign_uri_encode(buffer_str(&source), true, &request->copy_source);
    request->http.stall_s = COPY_STALL_S;
    request->is_stored = true;
    request->check = check_copied;
    request->done = s3_put_is_over;
    s3_request_body(request);
    s3_request_send(request);
    return STATUS_OK;
}
