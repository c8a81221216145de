/* One thread runs all requests: libcurl's multi interface tells which sockets to watch and when to
 * call it again, epoll watches them.
 *
 *      http_send → queue → a free slot → prepare → a try → judge → over: ended, the slot is free
 *                                           ↑                └── again: the slot waits, then tries
 *
 * A slot is an easy handle with its buffers, made once and used for many requests. libcurl keeps
 * the connections and gives a try one that is open already. */
#include "http.h"
#include "proxy.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_EVENTS           64
#define CANCEL_CHECK_MS      100
#define MAX_HEADER_BYTES     ((size_t)64 << 10)
#define RECEIVE_BUFFER_BYTES (64L << 10)
#define LEAST_BYTES_PER_S    1024L
#define NS_PER_MS            1000000u

struct slot {
    CURL *easy;
    struct http_request *request; /* NULL: free */
    uint64_t due_ns;              /* 0: a try is under way */
    struct http *http;
    uint64_t moved_ns; /* when something has come or gone last */
    size_t moved_bytes;
    unsigned stall_s; /* of the try */
    struct slot *next_free;
    struct curl_slist headers[HTTP_MAX_HEADERS + 2];
};

struct http {
    struct http_options options;
    char *ca_file;
    CURLM *multi;
    int epoll_fd, event_fd;
    pthread_t thread;
    struct slot *slots, *free;
    unsigned used;       /* slots with a request */
    unsigned waiting;    /* of these, those that wait to be tried again */
    bool is_started;     /* the thread runs */
    bool is_answered;    /* the first try has ended */
    unsigned most;       /* connections at once: fewer than asked for if descriptors are few */
    double limit;        /* how many may be used: falls and rises with what the server can take */
    uint64_t lowered_ns; /* when it fell last */
    uint64_t timer_ns;   /* when libcurl wants to be called, 0: not at all */
    atomic_bool cancel_seen;
    struct {
        _Atomic uint64_t requests, retries, bytes_sent, bytes_received;
    } counts;
    struct {
        pthread_mutex_t mutex;
        struct http_request *first, **end; /* the queue */
        bool ending;
    } shared;
};

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
    const char *at = answer->headers.data, *end = at + answer->headers.len;
    size_t name_len = strlen(name);
    while (at < end) {
        const char *eol = memchr(at, '\n', (size_t)(end - at));
        const char *next = eol ? eol + 1 : end;
        if ((size_t)(next - at) > name_len && at[name_len] == ':' &&
            strncasecmp(at, name, name_len) == 0) {
            const char *value = at + name_len + 1, *value_end = eol ? eol : end;
            while (value < value_end && (*value == ' ' || *value == '\t'))
                value++;
            while (value < value_end && strchr(" \t\r", value_end[-1]))
                value_end--;
            return (struct str){value, (size_t)(value_end - value)};
        }
        at = next;
    }
    return STR_NULL;
}

void http_request_release(struct http_request *request)
{
    buffer_release(&request->url);
    buffer_release(&request->header_text);
    buffer_release(&request->answer.headers);
    buffer_release(&request->answer.body);
}

/* ---- What libcurl calls ---------------------------------------------------------------------- */

static size_t take_body(char *bytes, size_t size, size_t count, void *ctx)
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

static size_t take_header(char *bytes, size_t size, size_t count, void *ctx)
{
    struct http_request *request = ctx;
    struct buffer *headers = &request->answer.headers;
    (void)size;
    if (count >= 5 && memcmp(bytes, "HTTP/", 5) == 0) /* what came before was a 1xx */
        buffer_reset(headers);
    if (count > MAX_HEADER_BYTES - headers->len) {
        request->answer.too_long = true;
        return 0;
    }
    buffer_append(headers, bytes, count);
    return count;
}

/* What the kernel has no memory for is not to be had elsewhere. */
static int watch_socket(CURL *easy, curl_socket_t socket, int what, void *ctx, void *watched)
{
    struct http *http = ctx;
    struct epoll_event event = {.data.fd = socket};
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(http->epoll_fd, EPOLL_CTL_DEL, socket, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    if (epoll_ctl(http->epoll_fd, watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event) != 0 &&
        (errno == ENOMEM || errno == ENOSPC))
        mem_exhausted();
    curl_multi_assign(http->multi, socket, http);
    return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    struct http *http = ctx;
    (void)multi;
    http->timer_ns = timeout_ms < 0 ? 0 : clock_ns() + (uint64_t)timeout_ms * NS_PER_MS;
    return 0;
}

/* Ends a try whose answer has begun, or whose body has not gone out yet, when nothing moves any
 * more. (LOW_SPEED_TIME, which is the longer first_byte_s then, cannot tell these.) */
static int watch_progress(void *ctx, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                          curl_off_t up)
{
    struct slot *slot = ctx;
    const struct http_request *request = slot->request;
    size_t headers = request->answer.headers.len, bytes = (size_t)(down + up) + headers;
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

/* libcurl fails so where there is no memory, alone. */
static void need(bool is_done)
{
    if (!is_done)
        mem_exhausted();
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

/* The last two keep libcurl from sending headers of its own: one would wait for leave to send the
 * body, the other would say that it is a form. */
static void set_headers(struct slot *slot)
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

static void set_limits(struct slot *slot)
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

static void end_request(struct http *http, struct slot *slot, bool stopped)
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
    request->ended(request);
}

static void begin_try(struct http *http, struct slot *slot)
{
    struct http_request *request = slot->request;
    struct http_answer *answer = &request->answer;
    if (atomic_load(&request->dropped)) {
        end_request(http, slot, true);
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
    buffer_reset(&answer->headers);
    buffer_reset(&answer->body);
    answer->too_long = false;
    answer->problem[0] = '\0';
    atomic_fetch_add(&http->counts.requests, 1);
    if (request->tries++ > 0)
        atomic_fetch_add(&http->counts.retries, 1);
    need(curl_easy_setopt(slot->easy, CURLOPT_URL, buffer_text(&request->url)) == CURLE_OK);
    curl_easy_setopt(slot->easy, CURLOPT_ERRORBUFFER, answer->problem);
    curl_easy_setopt(slot->easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(slot->easy, CURLOPT_HEADERDATA, request);
    set_method(slot->easy, request);
    set_headers(slot);
    set_limits(slot);
    need(curl_multi_add_handle(http->multi, slot->easy) == CURLM_OK);
}

/* A little more after each request that went well: in all one more in the time of a round. */
static void raise_limit(struct http *http)
{
    if (http->limit < http->most)
        http->limit += 1 / http->limit;
}

/* Bodies alone, as those of a request are what its headers are about. */
static void count_bytes(struct http *http, CURL *easy)
{
    curl_off_t up = 0, down = 0;
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &up);
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
    atomic_fetch_add(&http->counts.bytes_sent, (uint64_t)up);
    atomic_fetch_add(&http->counts.bytes_received, (uint64_t)down);
}

/* libcurl does not say when there was no descriptor for a socket, or for asking the name server. */
static int find_os_error(const struct http *http)
{
    int fd = fcntl(http->epoll_fd, F_DUPFD_CLOEXEC, 0);
    int os_error = fd < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return os_error;
}

static void explain(const struct http *http, const struct slot *slot, struct http_answer *answer)
{
    if (answer->result == CURLE_ABORTED_BY_CALLBACK) { /* watch_progress */
        answer->result = CURLE_OPERATION_TIMEDOUT;
        snprintf(answer->problem, sizeof answer->problem, "nothing has moved for %u s",
                 slot->stall_s);
    } else {
        proxy_hide_login(answer->result, answer->problem, sizeof answer->problem);
    }
    answer->os_error = find_os_error(http);
    if (answer->result == CURLE_OUT_OF_MEMORY && !answer->os_error)
        mem_exhausted();
    curl_easy_getinfo(slot->easy, CURLINFO_HTTP_CONNECTCODE, &answer->proxy_status);
    if (answer->proxy_status < 300)
        answer->proxy_status = 0;
}

static void end_try(struct http *http, struct slot *slot, CURLcode result)
{
    struct http_request *request = slot->request;
    request->answer.result = result;
    request->answer.status = request->answer.proxy_status = 0;
    request->answer.os_error = 0;
    curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &request->answer.status);
    if (result != CURLE_OK)
        explain(http, slot, &request->answer);
    count_bytes(http, slot->easy);
    curl_multi_remove_handle(http->multi, slot->easy);
    int64_t wait_ms = request->judge(request);
    if (!http->is_answered) {
        http->is_answered = true;
        http->limit = http->most;
    }
    if (wait_ms == HTTP_OVER || atomic_load(&request->dropped)) {
        raise_limit(http);
        end_request(http, slot, false);
    } else {
        slot->due_ns = clock_ns() + (uint64_t)wait_ms * NS_PER_MS;
        http->waiting++;
    }
}

static void end_tries(struct http *http)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        struct slot *slot = NULL;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
        end_try(http, slot, result);
    }
}

void http_slow_down(struct http *http)
{
    uint64_t now = clock_ns();
    if (now - http->lowered_ns < 1000 * (uint64_t)NS_PER_MS)
        return; /* the answers to one burst count once */
    http->lowered_ns = now;
    http->limit = http->limit > 2 ? http->limit / 2 : 1;
}

void http_use_fewer(struct http *http)
{
    unsigned under_way = http->used - http->waiting - 1; /* but for the one that has failed */
    if (http->most > under_way)
        http->most = under_way ? under_way : 1;
    if (http->limit > http->most)
        http->limit = http->most;
}

/* ---- The loop -------------------------------------------------------------------------------- */

static struct http_request *next_request(struct http *http)
{
    pthread_mutex_lock(&http->shared.mutex);
    struct http_request *request = http->shared.first;
    if (request) {
        http->shared.first = request->next;
        if (!http->shared.first)
            http->shared.end = &http->shared.first;
    }
    pthread_mutex_unlock(&http->shared.mutex);
    return request;
}

static CURL *new_easy(struct http *http, struct slot *slot)
{
    CURL *easy = curl_easy_init();
    need(easy != NULL);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    need(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, watch_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, slot);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER_BYTES);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)http->options.connect_s);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* does not wait for the name server */
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, LEAST_BYTES_PER_S);
    need(curl_easy_setopt(easy, CURLOPT_USERAGENT, "sparkify") == CURLE_OK);
    if (http->ca_file)
        need(curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file) == CURLE_OK);
    return easy;
}

static void begin_requests(struct http *http)
{
    struct http_request *request;
    while (http->used < (unsigned)http->limit && (request = next_request(http)) != NULL) {
        struct slot *slot = http->free;
        http->free = slot->next_free;
        if (!slot->easy)
            slot->easy = new_easy(http, slot);
        slot->request = request;
        http->used++;
        begin_try(http, slot);
    }
}

/* Tries again what has waited long enough; returns when the next one is due, 0 for none. */
static uint64_t begin_due_tries(struct http *http)
{
    uint64_t now = clock_ns(), next = 0;
    for (unsigned i = 0; http->waiting > 0 && i < http->options.connections; i++) {
        struct slot *slot = &http->slots[i];
        if (!slot->request || slot->due_ns == 0)
            continue;
        if (slot->due_ns <= now || atomic_load(&slot->request->dropped))
            begin_try(http, slot);
        else if (next == 0 || slot->due_ns < next)
            next = slot->due_ns;
    }
    return next;
}

static void stop_all(struct http *http)
{
    struct http_request *request;
    for (unsigned i = 0; i < http->options.connections; i++) {
        struct slot *slot = &http->slots[i];
        if (!slot->request)
            continue;
        if (slot->due_ns == 0)
            curl_multi_remove_handle(http->multi, slot->easy);
        end_request(http, slot, true);
    }
    while ((request = next_request(http)) != NULL) {
        request->stopped = true;
        request->ended(request);
    }
}

static int timeout_ms(const struct http *http, uint64_t due_ns)
{
    uint64_t next = http->timer_ns, now = clock_ns();
    if (due_ns && (!next || due_ns < next))
        next = due_ns;
    if (!next)
        return http->used ? CANCEL_CHECK_MS : -1;
    if (next <= now)
        return 0;
    uint64_t ms = (next - now + NS_PER_MS - 1) / NS_PER_MS;
    return ms < CANCEL_CHECK_MS ? (int)ms : CANCEL_CHECK_MS;
}

/* What libcurl has had no memory for, it has given up: nobody would be told. */
static void act(struct http *http, curl_socket_t socket, int mask)
{
    int running;
    need(curl_multi_socket_action(http->multi, socket, mask, &running) != CURLM_OUT_OF_MEMORY);
}

static void handle_events(struct http *http, const struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        uint64_t wakes;
        if (events[i].data.fd == http->event_fd) {
            (void)!read(http->event_fd, &wakes, sizeof wakes);
            continue;
        }
        int mask = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        act(http, events[i].data.fd, mask);
    }
    if (http->timer_ns && http->timer_ns <= clock_ns()) {
        http->timer_ns = 0;
        act(http, CURL_SOCKET_TIMEOUT, 0);
    }
}

static bool is_ending(struct http *http)
{
    pthread_mutex_lock(&http->shared.mutex);
    bool ending = http->shared.ending;
    pthread_mutex_unlock(&http->shared.mutex);
    return ending;
}

static bool is_cancelled(const struct http *http)
{
    return http->options.cancel && atomic_load(http->options.cancel);
}

static void *loop_main(void *argument)
{
    struct http *http = argument;
    struct epoll_event events[MAX_EVENTS];
    while (!is_ending(http)) {
        if (is_cancelled(http) && !atomic_load(&http->cancel_seen)) {
            stop_all(http);
            atomic_store(&http->cancel_seen, true);
        }
        uint64_t due_ns = begin_due_tries(http);
        begin_requests(http);
        int count = epoll_wait(http->epoll_fd, events, MAX_EVENTS, timeout_ms(http, due_ns));
        handle_events(http, events, count > 0 ? count : 0);
        end_tries(http);
    }
    stop_all(http);
    return NULL;
}

static void wake(struct http *http)
{
    uint64_t one = 1;
    (void)!write(http->event_fd, &one, sizeof one);
}

/* An idle loop sleeps: it is woken to see it. This is rare, and over at once. */
void http_settle(struct http *http)
{
    while (is_cancelled(http) && !atomic_load(&http->cancel_seen)) {
        wake(http);
        usleep(1000);
    }
}

void http_send(struct http *http, struct http_request *request)
{
    request->next = NULL;
    request->tries = 0;
    pthread_mutex_lock(&http->shared.mutex);
    bool was_empty = http->shared.first == NULL;
    *http->shared.end = request;
    http->shared.end = &request->next;
    pthread_mutex_unlock(&http->shared.mutex);
    if (was_empty)
        wake(http);
}

/* ---- Life ------------------------------------------------------------------------------------ */

static CURLcode libcurl_result;

static void init_libcurl(void)
{
    libcurl_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Files, and the other store, need descriptors, too. */
static unsigned most_connections(unsigned wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur / 4 >= wanted)
        return wanted;
    return limit.rlim_cur < 8 ? 1 : (unsigned)(limit.rlim_cur / 4);
}

static void set_slots(struct http *http)
{
    unsigned count = http->options.connections;
    http->slots = mem_zalloc(count * sizeof *http->slots);
    for (unsigned i = count; i-- > 0;) {
        http->slots[i].http = http;
        http->slots[i].next_free = http->free;
        http->free = &http->slots[i];
    }
    http->most = most_connections(count);
    http->limit = 1; /* until it is known that somebody answers */
}

static void set_multi(struct http *http)
{
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)http->most);
}

static enum status no_descriptor(struct error *error)
{
    enum status status = error_set_errno(error, errno, "cannot begin with requests");
    return error->status == STATUS_LIMIT ? error_hint(error, "raise the limit of open files: "
                                                             "ulimit -n 1024")
                                         : status;
}

static enum status no_thread(struct error *error, int os_error)
{
    error_set_errno(error, os_error, "cannot start a thread for requests");
    return error_hint(error, "it needs memory, and room among the user's threads: ulimit -v, "
                             "ulimit -u");
}

static enum status open_descriptors(struct http *http, struct error *error)
{
    struct epoll_event event = {.events = EPOLLIN};
    http->event_fd = -1;
    http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (http->epoll_fd < 0)
        return no_descriptor(error);
    http->event_fd = event.data.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (http->event_fd < 0 || epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, http->event_fd, &event) != 0)
        return no_descriptor(error);
    return STATUS_OK;
}

static enum status start(struct http *http, struct error *error)
{
    TRY(open_descriptors(http, error));
    http->multi = curl_multi_init();
    need(http->multi != NULL);
    set_multi(http);
    int failure = pthread_create(&http->thread, NULL, loop_main, http);
    if (failure)
        return no_thread(error, failure);
    http->is_started = true;
    return STATUS_OK;
}

enum status http_new(const struct http_options *options, struct http **out, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_libcurl);
    if (libcurl_result == CURLE_OUT_OF_MEMORY)
        mem_exhausted();
    if (libcurl_result != CURLE_OK)
        return error_set(error, STATUS_FAILED, "libcurl cannot begin: %s",
                         curl_easy_strerror(libcurl_result));
    struct http *http = mem_zalloc(sizeof *http);
    http->options = *options;
    http->options.ca_file = http->ca_file =
        options->ca_file ? str_dup(str_of(options->ca_file)) : NULL;
    set_slots(http);
    pthread_mutex_init(&http->shared.mutex, NULL);
    http->shared.end = &http->shared.first;
    enum status status = start(http, error);
    if (status == STATUS_OK)
        *out = http;
    else
        http_free(http);
    return status;
}

static void stop(struct http *http)
{
    pthread_mutex_lock(&http->shared.mutex);
    http->shared.ending = true;
    pthread_mutex_unlock(&http->shared.mutex);
    wake(http);
    pthread_join(http->thread, NULL);
}

void http_free(struct http *http)
{
    if (!http)
        return;
    if (http->is_started)
        stop(http);
    for (unsigned i = 0; i < http->options.connections; i++)
        if (http->slots[i].easy)
            curl_easy_cleanup(http->slots[i].easy);
    if (http->multi)
        curl_multi_cleanup(http->multi);
    if (http->epoll_fd >= 0)
        close(http->epoll_fd);
    if (http->event_fd >= 0)
        close(http->event_fd);
    pthread_mutex_destroy(&http->shared.mutex);
    mem_free(http->slots);
    mem_free(http->ca_file);
    mem_free(http);
}

struct store_counts http_counts(const struct http *http)
{
    return (struct store_counts){
        .requests = atomic_load(&http->counts.requests),
        .retries = atomic_load(&http->counts.retries),
        .bytes_sent = atomic_load(&http->counts.bytes_sent),
        .bytes_received = atomic_load(&http->counts.bytes_received),
    };
}
