/* Deleting: DeleteObjects, a thousand keys a request, several requests at once; DeleteObject for
 * each key where the server does not know that. The key of a temporary stands for an upload that
 * was not finished (store.h), which is aborted; it may be an object's as well, where a disk's files
 * were copied. */
#include "s3_private.h"

#define KEYS_PER_REQUEST 1000
/* Seconds without a byte: a server with files behind it may need this long to delete a thousand
 * of them. */
#define DELETE_STALL_S 60

struct batch {
    struct s3_request *request; /* NULL: it was aborting an upload */
    struct s3_error error;      /* of a key that cannot be deleted */
    struct buffer key;
    /* State while an answer is parsed. */
    struct s3_error one;
    struct buffer one_key;
    bool is_transient;
};

/* ---- The answer ------------------------------------------------------------------------------ */

static void end_error(struct batch *batch)
{
    static const char *const transient[] = {"InternalError", "SlowDown", "ServiceUnavailable",
                                            "OperationAborted"};
    bool is_transient = false;
    for (size_t i = 0; i < ARRAY_LENGTH(transient); i++)
        is_transient |= strcmp(batch->one.code, transient[i]) == 0;
    if (is_transient) {
        batch->is_transient = true;
    } else if (strcmp(batch->one.code, "NoSuchKey") != 0 && !batch->error.code[0]) {
        batch->error = batch->one;
        buffer_set(&batch->key, buffer_str(&batch->one_key));
    }
    batch->one = (struct s3_error){0};
}

static void parse_result(void *ctx, const char *parent, const char *name, struct str text)
{
    struct batch *batch = ctx;
    if (strcmp(parent, "DeleteResult") == 0 && strcmp(name, "Error") == 0)
        end_error(batch);
    if (strcmp(parent, "Error") != 0)
        return;
    if (strcmp(name, "Key") == 0)
        buffer_set(&batch->one_key, text);
    s3_error_set_text(&batch->one, name, text);
}

/* The whole request can be tried again, as deleting what is gone is no error. The answer may be
 * empty where nothing failed, as the request asks for it (Quiet). */
static bool check_deleted(struct s3_request *request, const char **problem)
{
    static const struct xml_schema schema = {"DeleteResult", {{"Error", "Code"}, {"Error", "Key"}}};
    struct batch *batch = request->ctx;
    struct str body = buffer_str(&request->http.answer.body);
    batch->is_transient = false;
    batch->error = (struct s3_error){0};
    request->is_not_s3 = body.len && !xml_read(body, &schema, parse_result, batch);
    *problem = request->is_not_s3 ? "the answer does not say what was deleted"
                                  : "the server could not delete all that it was asked to";
    return !request->is_not_s3 && !batch->is_transient;
}

/* ---- Requests -------------------------------------------------------------------------------- */

static void send_batch(struct s3 *s3, struct batch *batch, const struct str *keys, size_t count)
{
    struct s3_request *request = s3_request_new(s3, S3_DELETE, "POST", STR_NULL);
    CLEANUP(buffer_release) struct buffer key = {0};
    buffer_append_str(&request->body, STR("<Delete><Quiet>true</Quiet>"));
    for (size_t i = 0; i < count; i++) {
        buffer_set(&key, str_of(s3->location.prefix));
        buffer_append_str(&key, keys[i]);
        buffer_append_str(&request->body, STR("<Object><Key>"));
        xml_escape(buffer_str(&key), &request->body);
        buffer_append_str(&request->body, STR("</Key></Object>"));
    }
    buffer_append_str(&request->body, STR("</Delete>"));
    s3_request_body(request);
    request->wants_md5 = true; /* or a checksum: servers may refuse the request without one */
    s3_request_query(request, "delete", STR(""));
    request->check = check_deleted;
    request->http.stall_s = DELETE_STALL_S;
    request->ctx = batch;
    batch->request = request;
    s3_request_send(request);
}

static enum status finish_batch(struct batch *batch, bool *is_unknown, struct error *error)
{
    enum status status = s3_request_wait(batch->request, error);
    *is_unknown |= status != STATUS_OK && batch->request->is_unknown_call;
    if (status == STATUS_OK && batch->error.code[0]) {
        buffer_set(&batch->request->key, buffer_str(&batch->key));
        (void)s3_error_fail(batch->request, &batch->error);
        *error = *batch->request->error;
        status = error->status;
    }
    s3_request_free(batch->request);
    buffer_release(&batch->key);
    buffer_release(&batch->one_key);
    return status;
}

/* Deletes by DeleteObjects; *is_unknown becomes true when the server does not know it. */
static enum status delete_batches(struct s3 *s3, const struct str *keys, size_t count,
                                  bool *is_unknown, struct error *error)
{
    size_t batch_count = (count + KEYS_PER_REQUEST - 1) / KEYS_PER_REQUEST;
    CLEANUP(mem_drop) struct batch *batches = mem_zalloc(batch_count * sizeof *batches);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < batch_count; i++) {
        size_t first = i * KEYS_PER_REQUEST, left = count - first;
        send_batch(s3, &batches[i], keys + first,
                   left < KEYS_PER_REQUEST ? left : KEYS_PER_REQUEST);
    }
    for (size_t i = 0; i < batch_count; i++) {
        struct error other;
        enum status batch_status = finish_batch(&batches[i], is_unknown, status ? &other : error);
        if (status == STATUS_OK)
            status = batch_status;
    }
    return status;
}

/* ---- One by one ------------------------------------------------------------------------------ */

static struct s3_request *send_one(struct s3 *s3, struct str key)
{
    struct s3_request *request = s3_request_new(s3, S3_DELETE, "DELETE", key);
    request->http.stall_s = DELETE_STALL_S;
    s3_request_send(request);
    return request;
}

static enum status finish_one(struct s3_request *request, struct error *error)
{
    enum status status = s3_request_wait(request, error);
    s3_request_free(request);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status delete_one_by_one(struct s3 *s3, const struct str *keys, size_t count,
                                     struct error *error)
{
    struct s3_request **requests = mem_zalloc(KEYS_PER_REQUEST * sizeof(struct s3_request *));
    enum status status = STATUS_OK;
    for (size_t first = 0; first < count && status == STATUS_OK; first += KEYS_PER_REQUEST) {
        size_t some = count - first < KEYS_PER_REQUEST ? count - first : KEYS_PER_REQUEST;
        for (size_t i = 0; i < some; i++)
            requests[i] = send_one(s3, keys[first + i]);
        for (size_t i = 0; i < some; i++) {
            struct error other;
            enum status one_status = finish_one(requests[i], status ? &other : error);
            if (status == STATUS_OK)
                status = one_status;
        }
    }
    mem_free(requests);
    return status;
}

static enum status delete_objects(struct s3 *s3, const struct str *keys, size_t count,
                                  struct error *error)
{
    bool is_unknown = false;
    if (atomic_load(&s3->deletes_one_by_one))
        return delete_one_by_one(s3, keys, count, error);
    enum status status = delete_batches(s3, keys, count, &is_unknown, error);
    if (!is_unknown)
        return status;
    TRY(delete_one_by_one(s3, keys, count, error));
    atomic_store(&s3->deletes_one_by_one, true);
    return STATUS_OK;
}

/* ---- Unfinished uploads ---------------------------------------------------------------------- */

static enum status abort_uploads(struct s3 *s3, struct str temporary, struct error *error)
{
    CLEANUP(buffer_release) struct buffer scratch = {0};
    CLEANUP(store_listing_release) struct store_listing uploads = {0};
    (void)store_temporary_target(temporary, &scratch);
    const char *key = buffer_text(&scratch);
    TRY(s3_uploads_list(s3, key, &uploads, error));
    for (size_t i = 0; i < uploads.count; i++)
        if (str_equal(uploads.objects[i].key, str_of(key)))
            TRY(s3_upload_discard(s3, str_of(key), uploads.objects[i].version, error));
    return STATUS_OK;
}

enum status s3_delete(struct store *store, const struct str *keys, size_t count,
                      struct error *error)
{
    struct s3 *s3 = s3_of(store);
    for (size_t i = 0; i < count; i++)
        if (!s3_key_is_sound(keys[i]))
            return error_set(error, STATUS_INTERNAL, "refused to delete s3://%s/%s%.*s",
                             s3->location.bucket, s3->location.prefix, STR_ARG(keys[i]));
    TRY(delete_objects(s3, keys, count, error));
    for (size_t i = 0; i < count; i++)
        if (store_is_temporary(keys[i]))
            TRY(abort_uploads(s3, keys[i], error));
    return STATUS_OK;
}
