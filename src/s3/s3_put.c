/* Writing small objects: puts go on in the background, bounded in number and bytes; the error of
 * the first that fails is returned by the next call. */
#include "s3_private.h"

/* Under way or waiting for a connection: enough for every connection to have the next one ready. */
#define MAX_PUT_BYTES       ((size_t)48 << 20)
#define PUTS_PER_CONNECTION 4

static enum status failure_locked(const struct s3 *s3, struct error *error)
{
    if (!s3->shared.failure)
        return STATUS_OK;
    *error = *s3->shared.failure;
    return error->status;
}

enum status s3_put_enter(struct s3 *s3, size_t bytes, struct error *error)
{
    size_t most = (size_t)s3->options.connections * PUTS_PER_CONNECTION;
    pthread_mutex_lock(&s3->shared.mutex);
    while (!s3->shared.failure && s3->shared.puts > 0 &&
           (s3->shared.puts >= most || s3->shared.put_bytes + bytes > MAX_PUT_BYTES))
        pthread_cond_wait(&s3->shared.changed, &s3->shared.mutex);
    enum status status = failure_locked(s3, error);
    if (status == STATUS_OK) {
        s3->shared.puts++;
        s3->shared.put_bytes += bytes;
    }
    pthread_mutex_unlock(&s3->shared.mutex);
    return status;
}

const char *s3_etag_check(struct s3_request *request)
{
    request->is_not_s3 = true;
    return http_answer_header(&request->http.answer, "etag").len ? NULL : "the answer has no ETag";
}

void s3_put_leave(struct s3_request *request, size_t *under_way)
{
    struct s3 *s3 = request->s3;
    pthread_mutex_lock(&s3->shared.mutex);
    if (under_way)
        --*under_way;
    s3->shared.puts--;
    s3->shared.put_bytes -= request->body.len;
    if (request->status == STATUS_OK && request->http.outlived_cancel) {
        request->error = mem_zalloc(sizeof *request->error);
        request->status = error_set(request->error, STATUS_INTERRUPTED, "interrupted");
    }
    if (request->status != STATUS_OK && !s3->shared.failure) {
        s3->shared.failure = request->error;
        request->error = NULL;
    }
    pthread_cond_broadcast(&s3->shared.changed);
    pthread_mutex_unlock(&s3->shared.mutex);
    s3_request_free(request);
}

void s3_put_is_over(struct s3_request *request)
{
    s3_put_leave(request, NULL);
}

enum status s3_put_wait(struct s3 *s3, const size_t *under_way, struct error *error)
{
    pthread_mutex_lock(&s3->shared.mutex);
    while (*under_way > 0)
        pthread_cond_wait(&s3->shared.changed, &s3->shared.mutex);
    enum status status = failure_locked(s3, error);
    pthread_mutex_unlock(&s3->shared.mutex);
    return status;
}

enum status s3_flush(struct store *store, struct error *error)
{
    struct s3 *s3 = s3_of(store);
    http_settle(s3->http);
    return s3_put_wait(s3, &s3->shared.puts, error);
}

/* ---- Puts ------------------------------------------------------------------------------------ */

static struct s3_request *put_request(struct s3 *s3, struct str key)
{
    struct s3_request *request = s3_request_new(s3, S3_WRITE, "PUT", key);
    request->has_checksum = true;
    request->is_stored = true;
    request->check = s3_etag_check;
    return request;
}

enum status s3_put_body(struct s3 *s3, struct str key, struct buffer *body, struct error *error)
{
    TRY(s3_put_enter(s3, body->len, error));
    struct s3_request *request = put_request(s3, key);
    request->body = *body;
    *body = (struct buffer){0};
    s3_request_body(request);
    request->done = s3_put_is_over;
    s3_request_send(request);
    return STATUS_OK;
}

enum status s3_put(struct store *store, struct str key, struct str bytes, struct error *error)
{
    CLEANUP(buffer_release) struct buffer body = {0};
    buffer_append_str(&body, bytes);
    return s3_put_body(s3_of(store), key, &body, error);
}

/* ---- Conditional puts ------------------------------------------------------------------------ */

/* Whether the object holds `bytes`: then an earlier try of this put has made it. */
static bool is_ours(struct s3 *s3, struct str key, struct str bytes)
{
    struct error ignored;
    struct s3_request *request = s3_request_new(s3, S3_READ, "GET", key);
    bool is_same = s3_request_call(request, &ignored) == STATUS_OK &&
                   str_equal(buffer_str(&request->http.answer.body), bytes);
    s3_request_free(request);
    return is_same;
}

/* When the answer to the first try is lost, the second try finds the object that the first has
 * put: it is read back to learn whether it is this one. */
enum status s3_put_if_absent(struct store *store, struct str key, struct str bytes,
                             struct error *error)
{
    struct s3 *s3 = s3_of(store);
    struct s3_request *request = put_request(s3, key);
    buffer_append_str(&request->body, bytes);
    s3_request_body(request);
    request->if_none_match = true;
    enum status status = s3_request_call(request, error);
    if (status == STATUS_EXISTS && request->http.tries > 1 && is_ours(s3, key, bytes))
        status = STATUS_OK;
    s3_request_free(request);
    return status;
}
