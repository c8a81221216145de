/* Deleting: DeleteObjects, a thousand keys a request, several requests at once; DeleteObject for
 * each key where the server does not know that. The key of a temporary stands for an upload that
 * was not finished (store.h), which is aborted; it may be an object's as well, where a disk's files
 * were copied. */
#include "s3_private.h"

#define KEYS_PER_REQUEST 1000
#define REQUESTS_AT_ONCE 1000 /* of one key each */
/* Seconds without a byte: a server with files behind it may need this long to delete a thousand
 * of them. */
#define DELETE_STALL_S 60

struct batch {
    struct s3_request *request;
    struct s3_error error; /* of a key that cannot be deleted */
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
static const char *check_deleted(struct s3_request *request)
{
    static const struct xml_schema schema = {"DeleteResult", {{"Error", "Code"}, {"Error", "Key"}}};
    struct batch *batch = request->ctx;
    struct str body = buffer_str(&request->http.answer.body);
    batch->is_transient = false;
    batch->error = (struct s3_error){0};
    request->is_not_s3 = body.len && !xml_read(body, &schema, parse_result, batch);
    return request->is_not_s3    ? "the answer does not say what was deleted"
           : batch->is_transient ? "the server could not delete all that it was asked to"
                                 : NULL;
}

/* ---- Requests -------------------------------------------------------------------------------- */

static struct s3_request *request_of_many(struct s3 *s3, struct batch *batch,
                                          const struct str *keys, size_t count)
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
    request->ctx = batch;
    return request;
}

static enum status finish_batch(struct batch *batch, bool *is_unknown, struct error *error)
{
    struct s3_request *request = batch->request;
    bool is_of_one = request->key.len > 0;
    enum status status = s3_request_wait(request, error);
    *is_unknown |= status != STATUS_OK && request->is_unknown_call;
    if (status == STATUS_NOT_FOUND && is_of_one)
        status = STATUS_OK;
    if (status == STATUS_OK && batch->error.code[0]) {
        buffer_set(&request->key, buffer_str(&batch->key));
        (void)s3_error_fail(request, &batch->error);
        *error = *request->error;
        status = error->status;
    }
    s3_request_free(request);
    buffer_release(&batch->key);
    buffer_release(&batch->one_key);
    return status;
}

/* Deletes by DeleteObjects, or by DeleteObject where a request is of one key; *is_unknown becomes
 * true when the server does not know that. */
static enum status delete_batches(struct s3 *s3, const struct str *keys, size_t count,
                                  size_t keys_per_request, bool *is_unknown, struct error *error)
{
    size_t batch_count = (count + keys_per_request - 1) / keys_per_request;
    CLEANUP(mem_drop) struct batch *batches = mem_zalloc(batch_count * sizeof *batches);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < batch_count; i++) {
        size_t first = i * keys_per_request, left = count - first;
        batches[i].request =
            keys_per_request == 1
                ? s3_request_new(s3, S3_DELETE, "DELETE", keys[i])
                : request_of_many(s3, &batches[i], keys + first,
                                  left < keys_per_request ? left : keys_per_request);
        batches[i].request->http.stall_s = DELETE_STALL_S;
        s3_request_send(batches[i].request);
    }
    for (size_t i = 0; i < batch_count; i++) {
        struct error other;
        enum status batch_status = finish_batch(&batches[i], is_unknown, status ? &other : error);
        if (status == STATUS_OK)
            status = batch_status;
    }
    return status;
}

static enum status delete_objects(struct s3 *s3, const struct str *keys, size_t count,
                                  struct error *error)
{
    bool is_unknown = atomic_load(&s3->deletes_one_by_one);
    enum status status = STATUS_OK;
    if (!is_unknown)
        status = delete_batches(s3, keys, count, KEYS_PER_REQUEST, &is_unknown, error);
    if (!is_unknown)
        return status;
    for (size_t first = 0; first < count; first += REQUESTS_AT_ONCE) {
        size_t left = count - first;
        TRY(delete_batches(s3, keys + first, left < REQUESTS_AT_ONCE ? left : REQUESTS_AT_ONCE, 1,
                           &is_unknown, error));
    }
    atomic_store(&s3->deletes_one_by_one, true);
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
    for (size_t i = 0; i < count; i++) {
        CLEANUP(buffer_release) struct buffer target = {0};
        if (!store_is_temporary(keys[i]))
            continue;
        (void)store_temporary_target(keys[i], &target);
        TRY(s3_uploads_abort(s3, buffer_text(&target), STR_NULL, error));
    }
    return STATUS_OK;
}
