/* Large objects: multipart uploads (Amazon S3 User Guide, "Uploading and copying objects using
 * multipart upload").
 *
 *   write    fills a part; a full one is sent in the background. The upload is begun with the first
 *   finish   what never filled a part is put as a small object. Otherwise all parts are waited for,
 *            and then put together: only now does the object appear
 *   abort    the parts under way are waited for, as they would outlive an abort before them */
#include "s3_private.h"

struct part {
    struct str etag;                      /* in the upload's arena */
    char checksum[SHA256_BASE64_LEN + 1]; /* "": it was sent without */
};

struct s3_upload {
    struct store_upload upload; /* first */
    struct buffer key;          /* below the store's prefix */
    struct buffer filling;      /* the part that is being filled */
    struct str id;              /* null: nothing is sent yet */
    bool was_begun_again;       /* so that there may be another one */
    struct arena arena;
    struct {
        struct part *parts;
        size_t count, cap, under_way;
    } shared; /* under the store's mutex, but that only one thread sends parts */
};

static struct s3_upload *upload_of(struct store_upload *upload)
{
    return (struct s3_upload *)upload;
}

static struct s3 *store_of(const struct s3_upload *upload)
{
    return s3_of(upload->upload.store);
}

static void upload_free(struct s3_upload *upload)
{
    buffer_release(&upload->key);
    buffer_release(&upload->filling);
    arena_release(&upload->arena);
    mem_free(upload->shared.parts);
    mem_free(upload);
}

/* ---- Beginning ------------------------------------------------------------------------------- */

static void parse_upload_id(void *ctx, const char *parent, const char *name, struct str text)
{
    struct s3_upload *upload = ctx;
    if (strcmp(parent, "InitiateMultipartUploadResult") == 0 && strcmp(name, "UploadId") == 0)
        upload->id = arena_copy(&upload->arena, text);
}

static const char *check_begun(struct s3_request *request)
{
    static const struct xml_schema schema = {"InitiateMultipartUploadResult",
                                             {{"InitiateMultipartUploadResult", "UploadId"}}};
    struct s3_upload *upload = request->ctx;
    request->is_not_s3 = true;
    bool is_begun =
        xml_read(buffer_str(&request->http.answer.body), &schema, parse_upload_id, upload) &&
        upload->id.len > 0;
    return is_begun ? NULL : "the answer is no upload's begin";
}

/* When the answer to the first try is lost, that try leaves an upload whose id is unknown: it is
 * found by its key when this one has ended. */
static enum status begin(struct s3_upload *upload, struct error *error)
{
    struct s3_request *request =
        s3_request_new(store_of(upload), S3_WRITE, "POST", buffer_str(&upload->key));
    s3_request_query(request, "uploads", STR(""));
    s3_request_body(request);
    request->announces_checksum = true;
    request->is_stored = true;
    request->check = check_begun;
    request->ctx = upload;
    enum status status = s3_request_call(request, error);
    upload->was_begun_again = request->http.tries > 1;
    s3_request_free(request);
    return status;
}

/* ---- Parts ----------------------------------------------------------------------------------- */

struct part_ctx {
    struct s3_upload *upload;
    size_t number; /* from 0 */
};

static void part_is_over(struct s3_request *request)
{
    struct s3 *s3 = request->s3;
    struct part_ctx *ctx = request->ctx;
    struct s3_upload *upload = ctx->upload;
    struct str etag = http_answer_header(&request->http.answer, "etag");
    pthread_mutex_lock(&s3->shared.mutex);
    struct part *part = &upload->shared.parts[ctx->number];
    if (request->status == STATUS_OK)
        part->etag = arena_copy(&upload->arena, etag);
    if (request->sent_checksum)
        memcpy(part->checksum, request->checksum, sizeof part->checksum);
    pthread_mutex_unlock(&s3->shared.mutex);
    mem_free(ctx);
    s3_put_leave(request, &upload->shared.under_way);
}

static size_t add_part(struct s3_upload *upload)
{
    struct s3 *s3 = store_of(upload);
    pthread_mutex_lock(&s3->shared.mutex);
    size_t number = upload->shared.count++;
    MEM_GROW(upload->shared.parts, upload->shared.count, upload->shared.cap);
    upload->shared.parts[number] = (struct part){.etag = STR_NULL};
    upload->shared.under_way++;
    pthread_mutex_unlock(&s3->shared.mutex);
    return number;
}

static enum status send_part(struct s3_upload *upload, struct error *error)
{
    struct s3 *s3 = store_of(upload);
    char number[24];
    if (upload->shared.count == S3_MAX_PARTS)
        return error_set(error, STATUS_LIMIT, "s3://%s/%s%.*s is larger than S3's parts can hold",
                         s3->location.bucket, s3->location.prefix,
                         STR_ARG(buffer_str(&upload->key)));
    if (!upload->id.data)
        TRY(begin(upload, error));
    TRY(s3_put_enter(s3, upload->filling.len, error));
    struct part_ctx *ctx = mem_alloc(sizeof *ctx);
    *ctx = (struct part_ctx){upload, add_part(upload)};
    struct s3_request *request = s3_request_new(s3, S3_WRITE, "PUT", buffer_str(&upload->key));
    request->body = upload->filling;
    upload->filling = (struct buffer){0};
    s3_request_body(request);
    snprintf(number, sizeof number, "%zu", ctx->number + 1);
    s3_request_query(request, "partNumber", str_of(number));
    s3_request_query(request, "uploadId", upload->id);
    request->has_checksum = true;
    request->check = s3_etag_check;
    request->ctx = ctx;
    request->done = part_is_over;
    s3_request_send(request);
    return STATUS_OK;
}

/* Returns the first failure of the store's puts, which may be one of these parts. */
static enum status wait_for_parts(struct s3_upload *upload, struct error *error)
{
    return s3_put_wait(store_of(upload), &upload->shared.under_way, error);
}

/* ---- Ending ---------------------------------------------------------------------------------- */

/* The status is sent before the parts are put together: it may be 200, and the body an error. */
static const char *check_complete(struct s3_request *request)
{
    static const struct xml_schema schema = {"CompleteMultipartUploadResult",
                                             {{"CompleteMultipartUploadResult", "ETag"}}};
    /* blanks may have kept the connection alive */
    struct str body = str_trim(buffer_str(&request->http.answer.body));
    return xml_read(body, &schema, NULL, NULL) ? NULL
                                               : "the server could not put the parts together";
}

static bool is_there(struct s3_upload *upload)
{
    struct error ignored;
    struct s3_request *request =
        s3_request_new(store_of(upload), S3_READ, "HEAD", buffer_str(&upload->key));
    request->check = s3_etag_check;
    return s3_request_finish(request, &ignored) == STATUS_OK;
}

/* Seconds without a byte: S3 may need minutes to put the parts together. */
#define COMPLETE_STALL_S 300

static void write_parts(const struct s3_upload *upload, struct buffer *out)
{
    buffer_append_str(out, STR("<CompleteMultipartUpload>"));
    for (size_t i = 0; i < upload->shared.count; i++) {
        const struct part *part = &upload->shared.parts[i];
        buffer_append_str(out, STR("<Part>"));
        if (part->checksum[0])
            buffer_appendf(out, "<ChecksumSHA256>%s</ChecksumSHA256>", part->checksum);
        buffer_append_str(out, STR("<ETag>"));
        xml_escape(part->etag, out);
        buffer_appendf(out, "</ETag><PartNumber>%zu</PartNumber></Part>", i + 1);
    }
    buffer_append_str(out, STR("</CompleteMultipartUpload>"));
}

/* When the answer to the first try is lost, the second finds no such upload; keys are never used
 * twice, so the object that is there is ours. */
static enum status complete(struct s3_upload *upload, struct error *error)
{
    struct s3_request *request =
        s3_request_new(store_of(upload), S3_WRITE, "POST", buffer_str(&upload->key));
    write_parts(upload, &request->body);
    s3_request_body(request);
    s3_request_query(request, "uploadId", upload->id);
    request->http.stall_s = COMPLETE_STALL_S;
    request->check = check_complete;
    enum status status = s3_request_call(request, error);
    if (status != STATUS_OK && request->http.tries > 1 && is_there(upload))
        status = STATUS_OK;
    s3_request_free(request);
    return status;
}

static void abort_others(struct s3_upload *upload)
{
    struct error ignored;
    if (upload->was_begun_again)
        (void)!s3_uploads_abort(store_of(upload), buffer_text(&upload->key), upload->id, &ignored);
}

static enum status finish_parts(struct s3_upload *upload, struct error *error)
{
    if (upload->filling.len)
        TRY(send_part(upload, error));
    TRY(wait_for_parts(upload, error));
    for (size_t i = 0; i < upload->shared.count; i++)
        if (!upload->shared.parts[i].etag.data)
            return error_set(error, STATUS_INTERNAL, "a part of %.*s is missing",
                             STR_ARG(buffer_str(&upload->key)));
    return complete(upload, error);
}

/* ---- The calls ------------------------------------------------------------------------------- */

enum status s3_upload_begin(struct store *store, struct str key, struct store_upload **out,
                            struct error *error)
{
    struct s3_upload *upload = mem_zalloc(sizeof *upload);
    (void)error;
    upload->upload.store = store;
    buffer_append_str(&upload->key, key);
    *out = &upload->upload;
    return STATUS_OK;
}

enum status s3_upload_write(struct store_upload *store_upload, struct str bytes,
                            struct error *error)
{
    struct s3_upload *upload = upload_of(store_upload);
    while (bytes.len) {
        size_t room = S3_PART_BYTES - upload->filling.len, len = bytes.len;
        if (len > room)
            len = room;
        buffer_append(&upload->filling, bytes.data, len);
        bytes = str_from(bytes, len);
        if (upload->filling.len == S3_PART_BYTES)
            TRY(send_part(upload, error));
    }
    return STATUS_OK;
}

enum status s3_upload_finish(struct store_upload *store_upload, struct error *error)
{
    struct s3_upload *upload = upload_of(store_upload);
    enum status status;
    if (!upload->id.data && upload->shared.count == 0) {
        status = s3_put_body(store_of(upload), buffer_str(&upload->key), &upload->filling, error);
        upload_free(upload);
        return status;
    }
    status = finish_parts(upload, error);
    if (status != STATUS_OK) {
        s3_upload_abort(store_upload);
        return status;
    }
    abort_others(upload);
    upload_free(upload);
    return STATUS_OK;
}

void s3_upload_abort(struct store_upload *store_upload)
{
    struct s3_upload *upload = upload_of(store_upload);
    struct error ignored;
    http_settle(store_of(upload)->http);
    (void)!wait_for_parts(upload, &ignored);
    if (upload->id.data)
        (void)!s3_upload_discard(store_of(upload), buffer_str(&upload->key), upload->id, &ignored);
    abort_others(upload);
    upload_free(upload);
}
