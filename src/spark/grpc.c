/* grpc: makes a call as one POST request of libcurl's multi interface. The loop of the transfer
 * runs on the calling thread, so that `go_on` is also called while the server sends nothing.
 *
 * Each call has a new connection: in libcurl 7.88 (Debian 12) the second request on a reused HTTP/2
 * connection fails (curl issue 10634). A new connection on one machine takes 5 ms, and calls are
 * few.
 *
 * With CURLOPT_NOSIGNAL libcurl does not change the handling of SIGPIPE, which would not be safe
 * with threads. OpenSSL's writes can raise it, so the program ignores it (src/cli/signals.c). */
#include "grpc.h"

#include <http.h>
#include <strings.h>

#define POLL_MS             100
#define MAX_TRAILER_BYTES   ((size_t)64 << 10)
#define RECEIVE_BUFFER_SIZE (64L << 10)

/* ---- Callbacks of libcurl -------------------------------------------------------------------- */

struct call_state {
    const struct grpc_call *call;
    struct grpc_result *result;
    struct grpc_frames frames;
    size_t header_bytes;
    CURL *easy;
};

static size_t end_call(struct call_state *state, enum grpc_end end)
{
    state->result->end = end;
    return 0;
}

static size_t receive_header(char *bytes, size_t size, size_t count, void *ctx)
{
    struct call_state *state = ctx;
    (void)size;
    state->header_bytes += count;
    if (state->header_bytes > MAX_TRAILER_BYTES)
        return end_call(state, GRPC_END_MALFORMED);
    grpc_parse_header(state->result, (struct str){bytes, count});
    return count;
}

static bool receive_message(void *ctx, struct str message)
{
    struct call_state *state = ctx;
    state->result->message_count++;
    return state->call->message(state->call->ctx, message);
}

static bool is_grpc(struct call_state *state)
{
    curl_easy_getinfo(state->easy, CURLINFO_RESPONSE_CODE, &state->result->http_status);
    return state->result->http_status == 200 &&
           strncasecmp(state->result->content_type, "application/grpc", 16) == 0;
}

static size_t receive_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct call_state *state = ctx;
    (void)size;
    if (!is_grpc(state))
        return end_call(state, GRPC_END_NOT_GRPC);
    enum grpc_end end =
        grpc_frames_add(&state->frames, (struct str){bytes, count}, receive_message, state);
    if (end == GRPC_END_TOO_LONG)
        state->result->long_message = grpc_frame_length(state->frames.bytes.data);
    return end == GRPC_END_NONE ? count : end_call(state, end);
}

/* ---- The request ----------------------------------------------------------------------------- */

static void append_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (!longer)
        mem_exhausted();
    *list = longer;
}

/* The empty "Expect:" prevents libcurl from waiting for "100 Continue" before it sends the body. */
static struct curl_slist *make_headers(const struct grpc_server *server)
{
    static const char *const always[] = {"content-type: application/grpc", "te: trailers",
                                         "grpc-accept-encoding: identity", "Expect:"};
    CLEANUP(buffer_release) struct buffer line = {0};
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(always); i++)
        append_header(&list, always[i]);
    if (server->token) {
        buffer_appendf(&line, "authorization: Bearer %s", server->token);
        append_header(&list, buffer_text(&line));
    }
    for (size_t i = 0; i < server->header_count; i++) {
        buffer_reset(&line);
        buffer_appendf(&line, "%s: %s", server->headers[i].name, server->headers[i].value);
        append_header(&list, buffer_text(&line));
    }
    return list;
}

static void make_url(const struct grpc_server *server, const char *method, struct buffer *out)
{
    bool is_ipv6 = strchr(server->host, ':') != NULL;
    buffer_appendf(out, "%s://%s%s%s:%u/%s/%s", server->use_tls ? "https" : "http",
                   is_ipv6 ? "[" : "", server->host, is_ipv6 ? "]" : "", server->port,
                   server->service, method);
}

static void make_body(struct str request, struct buffer *out)
{
    char header[GRPC_FRAME_HEADER] = {0, (char)(request.len >> 24), (char)(request.len >> 16),
                                      (char)(request.len >> 8), (char)request.len};
    buffer_append(out, header, sizeof header);
    buffer_append_str(out, request);
}

static void set_text(CURL *easy, CURLoption option, const char *text)
{
    if (curl_easy_setopt(easy, option, text) == CURLE_OUT_OF_MEMORY)
        mem_exhausted();
}

static void set_connection(CURL *easy, const struct grpc_server *server)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* without waiting for DNS */
    set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)server->connect_s);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)server->silence_s);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, server->keepalive ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)server->keepalive_s);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)server->keepalive_timeout_s);
    if (server->use_tls) {
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        if (server->ca_file)
            set_text(easy, CURLOPT_CAINFO, server->ca_file);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
        set_text(easy, CURLOPT_PROXY,
                 ""); /* a proxy would disable prior knowledge: curl issue 12641 */
    }
}

static void set_request(CURL *easy, const struct grpc_server *server, struct call_state *state,
                        struct str body)
{
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data);
    set_text(easy, CURLOPT_USERAGENT, server->user_agent);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER_SIZE);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, state);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, state);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, state->result->problem);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)state->call->timeout_ms);
}

/* ---- The loop -------------------------------------------------------------------------------- */

static bool find_end(CURLM *multi, CURLcode *out_code)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE) {
            *out_code = message->data.result;
            return true;
        }
    return false;
}

static CURLcode run_loop(CURLM *multi, struct call_state *state)
{
    const struct grpc_call *call = state->call;
    CURLcode code = CURLE_OK;
    CURLMcode performed;
    int running = 0;
    while ((performed = curl_multi_perform(multi, &running)) == CURLM_OK) {
        if (find_end(multi, &code))
            return code;
        if (call->go_on && !call->go_on(call->ctx)) {
            end_call(state, GRPC_END_STOPPED);
            return CURLE_OK;
        }
        if (curl_multi_poll(multi, NULL, 0, POLL_MS, NULL) != CURLM_OK)
            break;
    }
    return performed == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT;
}

static enum grpc_end classify_end(const struct call_state *state)
{
    const struct grpc_result *result = state->result;
    if (result->end != GRPC_END_NONE) /* by a callback */
        return result->end;
    if (result->http_status && result->http_status != 200 && result->status < 0)
        return GRPC_END_NOT_GRPC;
    if (result->status == GRPC_OK && state->frames.bytes.len > 0) /* an incomplete message */
        return GRPC_END_MALFORMED;
    if (result->status >= 0) /* even if the server reset the stream afterwards */
        return GRPC_END_STATUS;
    if (result->curl != CURLE_OK)
        return GRPC_END_LOST;
    return strncasecmp(result->content_type, "application/grpc", 16) == 0 ? GRPC_END_NO_STATUS
                                                                          : GRPC_END_NOT_GRPC;
}

/* Sets the result of a call for which libcurl could not be initialized; ends the process if memory
 * is lacking. */
static void fail_to_begin(struct grpc_result *result)
{
    CURLcode begun = http_init_libcurl();
    bool has_begun = begun == CURLE_OK || begun == CURLE_OUT_OF_MEMORY;
    result->os_error = http_find_os_error();
    if (has_begun && !result->os_error)
        mem_exhausted();
    result->curl = CURLE_FAILED_INIT;
    result->end = GRPC_END_LOST;
}

static void run_call(CURL *easy, struct call_state *state)
{
    struct grpc_result *result = state->result;
    curl_off_t connect_us = 0;
    CURLM *multi = curl_multi_init();
    if (!multi) {
        fail_to_begin(result);
        return;
    }
    if (curl_multi_add_handle(multi, easy) == CURLM_OUT_OF_MEMORY)
        mem_exhausted();
    result->curl = run_loop(multi, state);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &result->http_status);
    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connect_us);
    result->connected = connect_us > 0;
    result->os_error = result->curl == CURLE_OK ? 0 : http_find_os_error();
    if (result->curl == CURLE_OUT_OF_MEMORY && !result->os_error && !result->problem[0])
        mem_exhausted();
    result->end = classify_end(state);
    curl_multi_remove_handle(multi, easy);
    curl_multi_cleanup(multi);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

void grpc_result_release(struct grpc_result *result)
{
    buffer_release(&result->message);
    buffer_release(&result->details);
}

void grpc_call(const struct grpc_server *server, const struct grpc_call *call,
               struct grpc_result *out_result)
{
    (void)http_init_libcurl();
    CLEANUP(buffer_release) struct buffer url = {0};
    CLEANUP(buffer_release) struct buffer body = {0};
    grpc_result_release(out_result);
    *out_result = (struct grpc_result){.status = -1};
    struct call_state state = {.call = call,
                               .result = out_result,
                               .frames = {.max_message_bytes = server->max_message_bytes},
                               .easy = curl_easy_init()};
    if (!state.easy) {
        fail_to_begin(out_result);
        return;
    }
    struct curl_slist *headers = make_headers(server);
    make_url(server, call->method, &url);
    make_body(call->request, &body);
    set_text(state.easy, CURLOPT_URL, buffer_text(&url));
    curl_easy_setopt(state.easy, CURLOPT_HTTPHEADER, headers);
    set_connection(state.easy, server);
    set_request(state.easy, server, &state, buffer_str(&body));
    run_call(state.easy, &state);
    curl_easy_cleanup(state.easy);
    curl_slist_free_all(headers);
    grpc_frames_release(&state.frames);
}
