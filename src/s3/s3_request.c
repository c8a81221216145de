/* A request of S3: its URL, headers and signature are made for each try, on the loop's thread,
 * since the region, the clock and the credentials may have changed since the last try. */
#include "s3_private.h"

#include <assert.h>
#include <openssl/evp.h>
#include <time.h>

/* For errors and most answers; requests for more set their own limit. */
#define ANSWER_LIMIT_BYTES ((size_t)1 << 20)
/* The longest that a try may last, with one second more for each 64 KiB that are sent or
 * expected. */
#define TIMEOUT_S         60u
#define LEAST_BYTES_PER_S ((size_t)64 << 10)
/* Credentials are renewed so long before they run out, and not more often than this. */
#define RENEW_BEFORE_S 300
#define RENEW_AGAIN_S  60
#define MD5_BASE64_LEN 24

/* ---- Making ---------------------------------------------------------------------------------- */

static void prepare(struct http_request *http);

static void ended(struct http_request *http)
{
    struct s3_request *request = (struct s3_request *)http;
    struct s3 *s3 = request->s3;
    if (http->stopped) {
        if (!request->error)
            request->error = mem_zalloc(sizeof *request->error);
        request->status = error_set(request->error, STATUS_INTERRUPTED, "interrupted");
    }
    pthread_mutex_lock(&s3->shared.mutex);
    void (*done)(struct s3_request *) = request->done;
    request->is_over = true;
    if (request->is_awaited)
        pthread_cond_broadcast(&s3->shared.changed);
    pthread_mutex_unlock(&s3->shared.mutex);
    if (done)
        done(request);
}

struct s3_request *s3_request_new(struct s3 *s3, enum s3_action action, const char *method,
                                  struct str key)
{
    struct s3_request *request = mem_zalloc(sizeof *request);
    request->http.prepare = prepare;
    request->http.next_try_ms = s3_next_try_ms;
    request->http.ended = ended;
    request->http.method = method;
    request->http.answer_limit = ANSWER_LIMIT_BYTES;
    request->s3 = s3;
    request->action = action;
    if (key.data) {
        buffer_append_str(&request->key, str_of(s3->location.prefix));
        buffer_append_str(&request->key, key);
    }
    memcpy(request->payload_hash, SHA256_EMPTY, sizeof request->payload_hash);
    return request;
}

void s3_request_free(struct s3_request *request)
{
    if (!request)
        return;
    http_request_release(&request->http);
    buffer_release(&request->key);
    buffer_release(&request->query);
    buffer_release(&request->body);
    buffer_release(&request->copy_source);
    mem_free(request->error);
    mem_free(request);
}

void s3_request_query(struct s3_request *request, const char *name, struct str value)
{
    if (request->query.len)
        buffer_append_char(&request->query, '&');
    buffer_append_str(&request->query, str_of(name));
    buffer_append_char(&request->query, '=');
    sign_uri_encode(value, false, &request->query);
}

void s3_request_body(struct s3_request *request)
{
    buffer_reserve(&request->body, 1); /* a body of no bytes is not null */
    request->http.body = buffer_str(&request->body);
    sha256_text(request->http.body, request->payload_hash, request->checksum);
}

/* ---- A try ----------------------------------------------------------------------------------- */

void s3_renewal_plan(struct s3 *s3, int64_t now_s)
{
    int64_t expires = s3->loop.credentials.expires_s, soonest = now_s + RENEW_AGAIN_S;
    s3->loop.renew_s = expires == 0                         ? 0
                       : expires - RENEW_BEFORE_S < soonest ? soonest
                                                            : expires - RENEW_BEFORE_S;
}

/* Blocks the loop while it looks for credentials, which is rare and short. The old ones are kept
 * when there are no new ones: the server may still accept them. */
static void renew_credentials(struct s3 *s3, int64_t now_s)
{
    struct credentials found = {0};
    struct keys_options options = s3->options.keys;
    struct error ignored;
    options.note = NULL; /* the notes were given when the store was opened */
    if (credentials_find(&options, &found, NULL, &ignored) == STATUS_OK) {
        credentials_release(&s3->loop.credentials);
        s3->loop.credentials = found;
        s3->loop.config_epoch++;
    }
    s3_renewal_plan(s3, now_s);
}

static void write_url(struct s3_request *request, struct buffer *authority, struct buffer *path)
{
    const struct s3 *s3 = request->s3;
    struct buffer *url = &request->http.url;
    s3_location_authority(&s3->location, s3->loop.region, authority);
    buffer_append_char(path, '/');
    if (s3->location.bucket_in_path) {
        buffer_append_str(path, str_of(s3->location.bucket));
        if (request->key.len)
            buffer_append_char(path, '/');
    }
    sign_uri_encode(buffer_str(&request->key), true, path);
    buffer_appendf(url, "%s://%s", s3->location.scheme, buffer_text(authority));
    buffer_append_str(url, buffer_str(path));
    if (request->query.len) {
        buffer_append_char(url, '?');
        buffer_append_str(url, buffer_str(&request->query));
    }
}

struct header_list {
    struct sign_header headers[HTTP_MAX_HEADERS];
    size_t count;
};

static void add_header(struct header_list *list, const char *name, struct str value)
{
    assert(list->count < HTTP_MAX_HEADERS);
    list->headers[list->count++] = (struct sign_header){str_of(name), value};
}

/* "" where OpenSSL has no MD5, as in FIPS mode. */
static void write_md5(struct str body, char out[static MD5_BASE64_LEN + 1])
{
    unsigned char hash[16];
    out[0] = '\0';
    if (EVP_Digest(body.data, body.len, hash, NULL, EVP_md5(), NULL))
        EVP_EncodeBlock((unsigned char *)out, hash, sizeof hash);
}

/* Chooses the checksum that is sent with the body; an MD5 is written to `md5`. */
static void choose_checksum(struct s3_request *request, char md5[static MD5_BASE64_LEN + 1])
{
    bool takes_checksums = !request->s3->loop.has_no_checksums;
    md5[0] = '\0';
    if (request->wants_md5 || (request->has_checksum && !takes_checksums))
        write_md5(request->http.body, md5);
    request->sent_checksum =
        takes_checksums &&
        (request->has_checksum || request->announces_checksum || (request->wants_md5 && !md5[0]));
}

static void list_checksums(struct s3_request *request, struct header_list *list)
{
    if (!request->sent_checksum)
        return;
    if (request->announces_checksum)
        add_header(list, "x-amz-checksum-algorithm", STR("SHA256"));
    else
        add_header(list, "x-amz-checksum-sha256", str_of(request->checksum));
}

static void list_encryption(const struct s3_request *request, struct header_list *list)
{
    static const char *const names[] = {
        [S3_SSE_AES256] = "AES256",
        [S3_SSE_KMS] = "aws:kms",
        [S3_SSE_KMS_DSSE] = "aws:kms:dsse",
    };
    const struct s3_options *options = &request->s3->options;
    if (!request->is_stored || !names[options->sse])
        return;
    add_header(list, "x-amz-server-side-encryption", str_of(names[options->sse]));
    if (options->sse_kms_key_id)
        add_header(list, "x-amz-server-side-encryption-aws-kms-key-id",
                   str_of(options->sse_kms_key_id));
}

/* Whether x-amz-request-payer is sent: all requests that sparkify makes but CreateBucket have
 * it. */
static bool is_payers_business(const struct s3_request *request)
{
    bool makes_bucket = request->key.len == 0 && strcmp(request->http.method, "PUT") == 0;
    return request->s3->options.request_payer && !makes_bucket;
}

/* All headers are signed, and a signature wants them in the order of their names. */
static void list_headers(struct s3_request *request, const char *authority, const char *md5,
                         const char *date, struct header_list *list)
{
    const struct s3 *s3 = request->s3;
    if (md5[0])
        add_header(list, "content-md5", str_of(md5));
    add_header(list, "host", str_of(authority));
    if (request->sent_if_match)
        add_header(list, "if-match", request->if_match);
    if (request->if_none_match)
        add_header(list, "if-none-match", STR("*"));
    if (request->range[0])
        add_header(list, "range", str_of(request->range));
    list_checksums(request, list);
    if (s3->loop.is_signed)
        add_header(list, "x-amz-content-sha256", str_of(request->payload_hash));
    if (request->copy_source.len)
        add_header(list, "x-amz-copy-source", buffer_str(&request->copy_source));
    if (s3->loop.is_signed)
        add_header(list, "x-amz-date", str_of(date));
    if (is_payers_business(request))
        add_header(list, "x-amz-request-payer", STR("requester"));
    if (s3->loop.is_signed && s3->loop.credentials.session_token)
        add_header(list, "x-amz-security-token", str_of(s3->loop.credentials.session_token));
    list_encryption(request, list);
}

static void sign(struct s3_request *request, struct str path, const char *date,
                 const struct header_list *list)
{
    struct s3 *s3 = request->s3;
    CLEANUP(buffer_release) struct buffer signature = {0};
    struct sign_request text = {
        .method = str_of(request->http.method),
        .path = path,
        .query = buffer_str(&request->query),
        .headers = list->headers,
        .header_count = list->count,
        .payload_hash = str_of(request->payload_hash),
        .region = str_of(s3->loop.region),
        .service = STR("s3"),
        .amz_date = str_of(date),
    };
    signer_sign(s3->loop.signer, &s3->loop.credentials, &text, &signature);
    http_header(&request->http, "authorization", buffer_str(&signature));
}

static void prepare(struct http_request *http)
{
    struct s3_request *request = (struct s3_request *)http;
    struct s3 *s3 = request->s3;
    CLEANUP(buffer_release) struct buffer authority = {0}, path = {0};
    struct header_list list = {0};
    char date[UTC_TEXT], md5[MD5_BASE64_LEN + 1];
    int64_t now = (int64_t)time(NULL);
    if (s3->loop.renew_s && s3->loop.renew_s <= now)
        renew_credentials(s3, now);
    request->config_epoch = s3->loop.config_epoch;
    request->sent_if_match =
        request->if_match.len && !request->without_if_match && !s3->loop.has_wrong_if_match;
    choose_checksum(request, md5);
    utc_text_basic(now + (s3->loop.is_clock_set ? s3->loop.clock_ahead_s : 0), date);
    write_url(request, &authority, &path);
    list_headers(request, buffer_text(&authority), md5, date, &list);
    for (size_t i = 0; i < list.count; i++)
        http_header(http, list.headers[i].name.data, list.headers[i].value);
    if (s3->loop.is_signed)
        sign(request, buffer_str(&path), date, &list);
    size_t bytes = http->body.len + http->answer_limit;
    unsigned wait_s = s3->is_retry_given ? s3->options.retry_seconds : 0;
    if (wait_s < http->stall_s)
        wait_s = http->stall_s;
    http->timeout_s = TIMEOUT_S + wait_s + (unsigned)(bytes / LEAST_BYTES_PER_S);
}

/* ---- Sending --------------------------------------------------------------------------------- */

void s3_request_send(struct s3_request *request)
{
    request->sent_ns = clock_ns();
    http_send(request->s3->http, &request->http);
}

enum status s3_request_wait(struct s3_request *request, struct error *error)
{
    struct s3 *s3 = request->s3;
    assert(!request->done);
    pthread_mutex_lock(&s3->shared.mutex);
    request->is_awaited = true;
    while (!request->is_over)
        pthread_cond_wait(&s3->shared.changed, &s3->shared.mutex);
    pthread_mutex_unlock(&s3->shared.mutex);
    if (request->status != STATUS_OK)
        *error = *request->error;
    return request->status;
}

enum status s3_request_call(struct s3_request *request, struct error *error)
{
    s3_request_send(request);
    return s3_request_wait(request, error);
}

enum status s3_request_finish(struct s3_request *request, struct error *error)
{
    enum status status = s3_request_call(request, error);
    s3_request_free(request);
    return status;
}

bool s3_request_drop(struct s3_request *request, void (*done)(struct s3_request *request))
{
    if (!request)
        return false;
    struct s3 *s3 = request->s3;
    pthread_mutex_lock(&s3->shared.mutex);
    bool is_under_way = !request->is_over;
    if (is_under_way) {
        request->done = done;
        atomic_store(&request->http.dropped, true);
    }
    pthread_mutex_unlock(&s3->shared.mutex);
    return is_under_way;
}
