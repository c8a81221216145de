/* One thread runs all requests: libcurl's multi interface tells which sockets to watch and when to
 * call it again, epoll watches them.
 *
 *   http_send → queue → a free slot → prepare → a try → next_try_ms → over: ended, a free slot
 *                                       ↑                    └── again: it waits, then tries
 *
 * A slot is an easy handle with its buffers, made once and used for many requests. libcurl keeps
 * the connections and gives a try one that is open already. What a try is, is in http_try.c. */
#include "http_private.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_EVENTS      64
#define CANCEL_CHECK_MS 100
/* How long tries that change something may go on after a cancel. */
#define SETTLE_MS 1000
/* CURLOPT_PROTOCOLS_STR */
#define LEAST_LIBCURL 0x075500

/* ---- What libcurl watches -------------------------------------------------------------------- */

/* A try whose socket cannot be watched fails, as it would never go on: with too many sockets of
 * one user (ENOSPC), or without memory in the kernel. */
static int watch_socket(CURL *easy, curl_socket_t socket, int what, void *ctx, void *watched)
{
    struct http *http = ctx;
    struct epoll_event event = {.data.fd = socket};
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(http->epoll_fd, EPOLL_CTL_DEL, socket, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    if (epoll_ctl(http->epoll_fd, watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event) != 0)
        http_fail_try(easy, errno);
    else
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

static void begin_requests(struct http *http)
{
    struct http_request *request;
    while (http->used < (unsigned)http->limit && (request = next_request(http)) != NULL) {
        struct http_slot *slot = http->free;
        http->free = slot->next_free;
        if (!slot->easy)
            slot->easy = http_new_easy(http, slot);
        slot->request = request;
        http->used++;
        http_begin_try(http, slot);
    }
}

/* Begins the tries that are due; returns when the next one is, 0 for none. */
static uint64_t begin_due_tries(struct http *http)
{
    uint64_t now = clock_ns(), next = 0;
    for (unsigned i = 0; http->waiting > 0 && i < http->options.connections; i++) {
        struct http_slot *slot = &http->slots[i];
        if (!slot->request || slot->due_ns == 0)
            continue;
        if (slot->due_ns <= now || atomic_load(&slot->request->dropped))
            http_begin_try(http, slot);
        else if (next == 0 || slot->due_ns < next)
            next = slot->due_ns;
    }
    return next;
}

/* Whether a try changes something and its body has been sent: if it were broken off now, the
 * server might still act on it, even after later requests. */
static bool is_changing(const struct http_slot *slot)
{
    const char *method = slot->request->method;
    return slot->due_ns == 0 && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

/* Stops the requests that are under way or waiting; with `spares_changes` not those for which
 * is_changing is true. */
static void stop_all(struct http *http, bool spares_changes)
{
    struct http_request *request;
    for (unsigned i = 0; i < http->options.connections; i++) {
        struct http_slot *slot = &http->slots[i];
        if (!slot->request || (spares_changes && is_changing(slot)))
            continue;
        if (slot->due_ns == 0)
            curl_multi_remove_handle(http->multi, slot->easy);
        http_end_request(http, slot, true);
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

/* Ends the process where libcurl has no memory: it would have dropped a request without a
 * report. */
static void act(struct http *http, curl_socket_t socket, int mask)
{
    int running;
    http_need(curl_multi_socket_action(http->multi, socket, mask, &running) != CURLM_OUT_OF_MEMORY);
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

static bool is_cancelled(const struct http *http)
{
    return http->options.cancel && atomic_load(http->options.cancel);
}

/* Once `cancel` is true: ends the requests under way. False until all of them have ended, as no
 * request begins before that. */
static bool may_begin(struct http *http)
{
    if (!is_cancelled(http) || atomic_load(&http->cancel_seen))
        return true;
    if (!http->settle_ns)
        http->settle_ns = clock_ns() + SETTLE_MS * (uint64_t)NS_PER_MS;
    stop_all(http, clock_ns() < http->settle_ns);
    atomic_store(&http->cancel_seen, http->used == 0);
    return http->used == 0;
}

static void *loop_main(void *argument)
{
    struct http *http = argument;
    struct epoll_event events[MAX_EVENTS];
    while (!atomic_load(&http->is_ending)) {
        uint64_t due_ns = 0;
        if (may_begin(http)) {
            due_ns = begin_due_tries(http);
            begin_requests(http);
        }
        int count = epoll_wait(http->epoll_fd, events, MAX_EVENTS, timeout_ms(http, due_ns));
        handle_events(http, events, count > 0 ? count : 0);
        http_end_tries(http);
    }
    stop_all(http, false);
    return NULL;
}

static void wake(struct http *http)
{
    uint64_t one = 1;
    (void)!write(http->event_fd, &one, sizeof one);
}

/* Wakes the loop, which may be idle, until it has seen `cancel` and ended the requests. */
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

CURLcode http_init_libcurl(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_libcurl);
    return libcurl_result;
}

/* The libcurl that is loaded may be older than the one of the build. */
static enum status check_libcurl(struct error *error)
{
    const curl_version_info_data *found = curl_version_info(CURLVERSION_NOW);
    if (found->version_num >= LEAST_LIBCURL && (found->features & CURL_VERSION_SSL))
        return STATUS_OK;
    error_set(error, STATUS_FAILED, "libcurl %s cannot be used for S3", found->version);
    return error_hint(error, "install one of version 7.85 or newer, with TLS");
}

/* A quarter of the descriptors at most: files and the other store need some, too. */
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
    http->limit = 1; /* one request, until a server has answered */
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
    if (errno == ENOSPC)
        return error_hint(error, HTTP_WATCHES_HINT);
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
    http_need(http->multi != NULL);
    set_multi(http);
    int failure = thread_start(&http->thread, loop_main, http);
    if (failure)
        return no_thread(error, failure);
    http->is_started = true;
    return STATUS_OK;
}

enum status http_new(const struct http_options *options, struct http **out, struct error *error)
{
    CURLcode begun = http_init_libcurl();
    if (begun == CURLE_OUT_OF_MEMORY)
        mem_exhausted();
    if (begun != CURLE_OK)
        return error_set(error, STATUS_FAILED, "libcurl cannot begin: %s",
                         curl_easy_strerror(begun));
    TRY(check_libcurl(error));
    struct http *http = mem_zalloc(sizeof *http);
    http->options = *options;
    http->options.ca_file = http->ca_file = text_dup(options->ca_file);
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

void http_free(struct http *http)
{
    if (!http)
        return;
    if (http->is_started) {
        atomic_store(&http->is_ending, true);
        wake(http);
        pthread_join(http->thread, NULL);
    }
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

struct http_counts http_counts(const struct http *http)
{
    return (struct http_counts){
        .requests = atomic_load(&http->counts.requests),
        .retries = atomic_load(&http->counts.retries),
        .bytes_sent = atomic_load(&http->counts.bytes_sent),
        .bytes_received = atomic_load(&http->counts.bytes_received),
    };
}
