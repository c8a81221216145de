/* The output's bucket: made when it is not there, in the region that was given, and not public (as
 * buckets are since 2023). */
#include "s3.h"

static enum status bucket_call(struct s3 *s3, const char *method, struct error *error)
{
    struct s3_request *request = s3_request_new(s3, S3_BUCKET, method, STR_NULL);
    const char *region = s3->loop.region; /* nothing else is under way yet */
    if (strcmp(method, "PUT") == 0) {
        if (strcmp(region, "us-east-1") != 0)
            buffer_appendf(&request->body,
                           "<CreateBucketConfiguration><LocationConstraint>%s</LocationConstraint>"
                           "</CreateBucketConfiguration>",
                           region);
        s3_request_body(request);
    }
    enum status status = s3_call(request, error);
    s3_request_free(request);
    return status;
}

enum status s3_need_bucket(struct s3 *s3, struct error *error)
{
    enum status status = bucket_call(s3, "HEAD", error);
    if (status != STATUS_NOT_FOUND)
        return status;
    return bucket_call(s3, "PUT", error);
}
