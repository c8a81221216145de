/* The output's bucket: made when it is not there, in the region that was given, and not public (as
 * buckets are since 2023). */
#include "s3_private.h"

static const char *check_listing(struct s3_request *request)
{
    static const struct xml_schema schema = {"ListBucketResult",
                                             {{"ListBucketResult", "IsTruncated"}}};
    request->is_not_s3 = true;
    return xml_read(buffer_str(&request->http.answer.body), &schema, NULL, NULL)
               ? NULL
               : "the answer is no listing";
}

/* By a listing and not by HEAD, whose errors have a status alone. */
static enum status look_for_bucket(struct s3 *s3, struct error *error)
{
    struct s3_request *request = s3_request_new(s3, S3_BUCKET, "GET", STR_NULL);
    s3_request_query(request, "list-type", STR("2"));
    s3_request_query(request, "max-keys", STR("0"));
    request->check = check_listing;
    return s3_request_finish(request, error);
}

static enum status make_bucket(struct s3 *s3, struct error *error)
{
    struct s3_request *request = s3_request_new(s3, S3_BUCKET, "PUT", STR_NULL);
    const char *region =
        s3->loop.region; /* the loop's fields may be read: no request is under way */
    if (strcmp(region, "us-east-1") != 0)
        buffer_appendf(&request->body,
                       "<CreateBucketConfiguration><LocationConstraint>%s</LocationConstraint>"
                       "</CreateBucketConfiguration>",
                       region);
    s3_request_body(request);
    return s3_request_finish(request, error);
}

/* When the answer to the first try is lost, the second try finds the bucket that the first has
 * made. */
enum status s3_bucket_ensure(struct s3 *s3, struct error *error)
{
    struct error ignored;
    enum status status = look_for_bucket(s3, error);
    if (status != STATUS_NOT_FOUND)
        return status;
    status = make_bucket(s3, error);
    if (status == STATUS_EXISTS && look_for_bucket(s3, &ignored) == STATUS_OK)
        return STATUS_OK;
    return status;
}
