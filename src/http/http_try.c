/* One try of a request: libcurl's options before it, its callbacks meanwhile, and the result. */
#include "http_private.h"

#include <assert.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MAX_HEADER_BYTES     ((size_t)64 << 10)
#define RECEIVE_BUFFER_BYTES (64L << 10)
#define LEAST_BYTES_PER_S    1024L

/* ---- Headers --------------------------------------------------------------------------------- */

void http_header(struct http_request *request, const char *name, struct str value)
{
    assert(request->header_count < HTTP_MAX_HEADERS);
    request->headers[request->header_count++] = request->header_text.len;
    buffer_append_str(&request->header_text, str_of(name));
    buffer_append_str(&request->header_text, value.len ? STR(": ") : STR(":"));
    buffer_append_str(&request->header_text, value);
    buffer_append_char(&request->header_text, '\0');
}

struct str http_answer_header(const struct http_answer *answer, const char *name)
{
    struct curl_header *found;
    CURLHcode code = curl_easy_header(answer->easy, name, 0, CURLH_HEADER, -1, &found);
    return code == CURLHE_OK ? str_of(found->value) : STR_NULL;
}

void http_request_release(struct http_request *request)
{
    buffer_release(&request->url);
    buffer_release(&request->header_text);
    buffer_release(&request->answer.body);
}

/* ---- What libcurl calls ---------------------------------------------------------------------- */

static size_t append_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct http_request *request = ctx;
    struct buffer *body = &request->answer.body;
    (void)size;
    if (count > request->answer_limit - body->len) {
        request->answer.too_long = true;
        return 0;
    }
    if (body->len == 0 && request->expected_bytes > count)
        buffer_reserve(body, request->expected_bytes);
    buffer_append(body, bytes, count);
    return count;
}

static size_t count_header(char *bytes, size_t size, size_t count, void *ctx)
{
    struct http_request *request = ctx;
    (void)bytes, (void)size;
    request->answer.header_bytes += count;
    request->answer.too_long = request->answer.header_bytes > MAX_HEADER_BYTES;
    return request->answer.too_long ? 0 : count;
}

/* Ends a try without progress, once its answer has begun, or while its body is sent.
 * (LOW_SPEED_TIME cannot, as it is first_byte_s, which is longer.) */
static int watch_progress(void *ctx, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                          curl_off_t up)
{
    struct http_slot *slot = ctx;
    const struct http_request *request = slot->request;
    size_t headers = request->answer.header_bytes, bytes = (size_t)(down + up) + headers;
    uint64_t now = clock_ns();
    (void)down_total;
    (void)up_total;
    bool may_be_long = headers == 0 && (size_t)up == request->body.len;
    if (bytes == slot->moved_bytes && !may_be_long)
        return now - slot->moved_ns > (uint64_t)slot->stall_s * 1000 * NS_PER_MS;
    slot->moved_bytes = bytes;
    slot->moved_ns = now;
    return 0;
}

/* ---- Tries ----------------------------------------------------------------------------------- */

/* These calls of libcurl fail only for want of memory. */
void http_need(bool is_done)
{
    if (!is_done)
        mem_exhausted();
}

CURL *http_new_easy(struct http *http, struct http_slot *slot)
{
    CURL *easy = curl_easy_init();
    http_need(easy != NULL);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    http_need(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, count_header);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, watch_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, slot);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER_BYTES);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)http->options.connect_s);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* ends without waiting for a name server */
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, LEAST_BYTES_PER_S);
    http_need(curl_easy_setopt(easy, CURLOPT_USERAGENT, "sparkify") == CURLE_OK);
    if (http->ca_file)
        http_need(curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file) == CURLE_OK);
    return easy;
}

static void set_method(CURL *easy, const struct http_request *request)
{
    if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (request->body.data) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.data);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* The last two keep libcurl from adding headers of its own: "Expect" would wait for a 100 before
 * the body, "Content-Type" would say that it is a form. */
static void set_headers(struct http_slot *slot)
{
    static char no_expect[] = "Expect:", no_type[] = "Content-Type:";
    const struct http_request *request = slot->request;
    size_t count = request->header_count;
    for (size_t i = 0; i < count; i++)
        slot->headers[i].data = request->header_text.data + request->headers[i];
    slot->headers[count].data = no_expect;
    slot->headers[count + 1].data = no_type;
    for (size_t i = 0; i <= count; i++)
        slot->headers[i].next = &slot->headers[i + 1];
    slot->headers[count + 1].next = NULL;
    curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, slot->headers);
}

static void set_limits(struct http_slot *slot)
{
    const struct http_options *options = &slot->http->options;
    const struct http_request *request = slot->request;
    unsigned stall_s = request->stall_s ? request->stall_s : options->stall_s;
    unsigned longest_s = stall_s > options->first_byte_s ? stall_s : options->first_byte_s;
    slot->stall_s = stall_s;
    slot->moved_ns = clock_ns();
    slot->moved_bytes = 0;
    curl_easy_setopt(slot->easy, CURLOPT_LOW_SPEED_TIME, (long)longest_s);
    curl_easy_setopt(slot->easy, CURLOPT_NOPROGRESS, (long)(longest_s == stall_s));
    curl_easy_setopt(slot->easy, CURLOPT_TIMEOUT, (long)request->timeout_s);
}

void http_end_request(struct http *http, struct http_slot *slot, bool stopped)
{
    struct http_request *request = slot->request;
    if (slot->due_ns)
        http->waiting--;
    slot->due_ns = 0;
    slot->request = NULL;
    slot->next_free = http->free;
    http->free = slot;
    http->used--;
    request->stopped = stopped;
    request->outlived_cancel = !stopped && http->settle_ns && !atomic_load(&http->cancel_seen);
    request->ended(request);
}

void http_begin_try(struct http *http, struct http_slot *slot)
{
    struct http_request *request = slot->request;
    struct http_answer *answer = &request->answer;
    if (atomic_load(&request->dropped)) {
        http_end_request(http, slot, true);
        return;
    }
    if (slot->due_ns) {
        slot->due_ns = 0;
        http->waiting--;
    }
    buffer_reset(&request->url);
    buffer_reset(&request->header_text);
    request->header_count = 0;
    request->prepare(request);
    answer->easy = slot->easy;
    answer->header_bytes = 0;
    buffer_reset(&answer->body);
    answer->too_long = false;
    answer->problem[0] = '\0';
    slot->os_error = 0;
    atomic_fetch_add(&http->counts.requests, 1);
    if (request->tries++ > 0)
        atomic_fetch_add(&http->counts.retries, 1);
    http_need(curl_easy_setopt(slot->easy, CURLOPT_URL, buffer_text(&request->url)) == CURLE_OK);
    curl_easy_setopt(slot->easy, CURLOPT_ERRORBUFFER, answer->problem);
    curl_easy_setopt(slot->easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(slot->easy, CURLOPT_HEADERDATA, request);
    set_method(slot->easy, request);
    set_headers(slot);
    set_limits(slot);
    http_need(curl_multi_add_handle(http->multi, slot->easy) == CURLM_OK);
}

/* Raises the limit a little after each request that succeeded: by one for as many requests as
 * the limit. */
static void raise_limit(struct http *http)
{
    if (http->limit < http->most)
        http->limit += 1 / http->limit;
}

/* Counts the bytes of bodies, without headers. */
static void count_bytes(struct http *http, CURL *easy)
{
    curl_off_t up = 0, down = 0;
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &up);
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
    atomic_fetch_add(&http->counts.bytes_sent, (uint64_t)up);
    atomic_fetch_add(&http->counts.bytes_received, (uint64_t)down);
}

int http_find_os_error(void)
{
    int fd = eventfd(0, EFD_CLOEXEC);
    int os_error = fd < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return os_error;
}

static void explain(const struct http_slot *slot, struct http_answer *answer)
{
    if (answer->result == CURLE_ABORTED_BY_CALLBACK) { /* watch_progress */
        answer->result = CURLE_OPERATION_TIMEDOUT;
        snprintf(answer->problem, sizeof answer->problem, "nothing has moved for %u s",
                 slot->stall_s);
    } else {
        http_proxy_hide_login(answer->result, answer->problem, sizeof answer->problem);
    }
    answer->os_error = slot->os_error ? slot->os_error : http_find_os_error();
    if (answer->result == CURLE_OUT_OF_MEMORY && !answer->os_error && !answer->problem[0])
        mem_exhausted(); /* not for a TLS problem, which the message explains */
    curl_easy_getinfo(slot->easy, CURLINFO_HTTP_CONNECTCODE, &answer->proxy_status);
    if (answer->proxy_status < 300)
        answer->proxy_status = 0;
}

static void end_try(struct http *http, struct http_slot *slot, CURLcode result)
{
    struct http_request *request = slot->request;
    request->answer.result = result;
    request->answer.status = request->answer.proxy_status = 0;
    request->answer.os_error = 0;
    curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &request->answer.status);
    if (result != CURLE_OK)
        explain(slot, &request->answer);
    count_bytes(http, slot->easy);
    curl_multi_remove_handle(http->multi, slot->easy);
    int64_t wait_ms = request->next_try_ms(request);
    if (!http->is_answered) {
        http->is_answered = true;
        http->limit = http->most;
    }
    if (wait_ms == HTTP_OVER || atomic_load(&request->dropped)) {
        raise_limit(http);
        http_end_request(http, slot, false);
    } else {
        slot->due_ns = clock_ns() + (uint64_t)wait_ms * NS_PER_MS;
        http->waiting++;
    }
}

void http_fail_try(CURL *easy, int os_error)
{
    struct http_slot *slot = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot);
    slot->os_error = os_error;
    slot->http->has_failed = true;
}

/* Ends the tries that http_fail_try has marked, which libcurl would keep. */
static void end_failed_tries(struct http *http)
{
    http->has_failed = false;
    for (unsigned i = 0; i < http->options.connections; i++) {
        struct http_slot *slot = &http->slots[i];
        if (slot->request && slot->due_ns == 0 && slot->os_error)
            end_try(http, slot, CURLE_COULDNT_CONNECT);
    }
}

void http_end_tries(struct http *http)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        struct http_slot *slot = NULL;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
        end_try(http, slot, result);
    }
    if (http->has_failed)
        end_failed_tries(http);
}

void http_slow_down(struct http *http)
{
    uint64_t now = clock_ns();
    if (now - http->lowered_ns < 1000 * (uint64_t)NS_PER_MS)
        return; /* the answers to one burst of requests lower it once */
    http->lowered_ns = now;
    http->limit = http->limit > 2 ? http->limit / 2 : 1;
}

void http_use_fewer(struct http *http)
{
    unsigned under_way = http->used - http->waiting - 1; /* without the one that has failed */
    if (http->most > under_way)
        http->most = under_way ? under_way : 1;
    if (http->limit > http->most)
        http->limit = http->most;
}
