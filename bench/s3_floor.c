/* s3_floor: the time that the requests of a run on S3 take in libcurl alone, as a lower bound.
 *
 *     s3_floor AUTHORITY CONNECTIONS < requests
 *
 * Each line of the input is "METHOD TARGET RANGE BYTES": the request target, the value of the Range
 * header or "-", and the size of the body. A line "wait" waits for all requests before it. Bodies
 * begin with random bytes. Requests are signed (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY);
 * responses are discarded. Prints "requests N seconds S cpu S failed N". */
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MAX_LINE       8192
#define MAX_BODY_BYTES ((size_t)256 << 20)

struct request {
    char method[8], target[MAX_LINE], range[64];
    size_t bytes;
    bool is_wait;
};

struct slot {
    CURL *easy;
    struct curl_slist *headers;
    struct slot *next_free;
};

static struct floor {
    const char *authority, *access_key, *secret_key;
    char *body;
    CURLM *multi;
    int epoll_fd;
    long timeout_ms;
    struct slot *free;
    unsigned under_way, requests, failed;
} run;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* ---- Signing (AWS Signature Version 4) ------------------------------------------------------ */

static void hex(const unsigned char *bytes, char *out)
{
    for (int i = 0; i < 32; i++)
        sprintf(out + 2 * i, "%02x", bytes[i]);
}

static void sha256(const void *bytes, size_t len, char *out)
{
    unsigned char hash[32];
    EVP_Digest(bytes, len, hash, NULL, EVP_sha256(), NULL);
    hex(hash, out);
}

static void hmac(const void *key, int key_len, const char *text, unsigned char *out)
{
    HMAC(EVP_sha256(), key, key_len, (const unsigned char *)text, strlen(text), out, NULL);
}

static const unsigned char *signing_key(const char *day)
{
    static unsigned char key[32];
    static char made_for[16];
    char secret[256];
    if (strcmp(made_for, day) == 0)
        return key;
    snprintf(secret, sizeof secret, "AWS4%s", run.secret_key);
    hmac(secret, (int)strlen(secret), day, key);
    hmac(key, 32, "us-east-1", key);
    hmac(key, 32, "s3", key);
    hmac(key, 32, "aws4_request", key);
    strcpy(made_for, day);
    return key;
}

static void sign(struct slot *slot, const struct request *request)
{
    char date[32], day[16], payload[65], canonical[MAX_LINE + 1024], hash[65], text[256];
    char signature[65], header[512];
    unsigned char mac[32];
    time_t seconds = time(NULL);
    struct tm utc;
    const char *query = strchr(request->target, '?');
    int path_len = query ? (int)(query - request->target) : (int)strlen(request->target);
    gmtime_r(&seconds, &utc);
    strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &utc);
    snprintf(day, sizeof day, "%.8s", date);
    sha256(run.body, request->bytes, payload);
    snprintf(canonical, sizeof canonical,
             "%s\n%.*s\n%s\nhost:%s\nx-amz-content-sha256:%s\nx-amz-date:%s\n\n"
             "host;x-amz-content-sha256;x-amz-date\n%s",
             request->method, path_len, request->target, query ? query + 1 : "", run.authority,
             payload, date, payload);
    sha256(canonical, strlen(canonical), hash);
    snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s/us-east-1/s3/aws4_request\n%s", date, day,
             hash);
    hmac(signing_key(day), 32, text, mac);
    hex(mac, signature);
    curl_slist_free_all(slot->headers);
    snprintf(header, sizeof header, "x-amz-content-sha256: %s", payload);
    slot->headers = curl_slist_append(NULL, header);
    snprintf(header, sizeof header, "x-amz-date: %s", date);
    curl_slist_append(slot->headers, header);
    snprintf(header, sizeof header,
             "authorization: AWS4-HMAC-SHA256 Credential=%s/%s/us-east-1/s3/aws4_request,"
             "SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=%s",
             run.access_key, day, signature);
    curl_slist_append(slot->headers, header);
    curl_slist_append(slot->headers, "Expect:");
    curl_slist_append(slot->headers, "Content-Type:");
}

/* ---- Requests ------------------------------------------------------------------------------- */

static size_t discard(char *bytes, size_t size, size_t count, void *ctx)
{
    (void)bytes;
    (void)ctx;
    return size * count;
}

static void begin(const struct request *request)
{
    struct slot *slot = run.free;
    char url[MAX_LINE + 300];
    run.free = slot->next_free;
    snprintf(url, sizeof url, "http://%s%s", run.authority, request->target);
    sign(slot, request);
    curl_easy_setopt(slot->easy, CURLOPT_URL, url);
    if (request->bytes || strcmp(request->method, "PUT") == 0) {
        curl_easy_setopt(slot->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->bytes);
        curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS, run.body);
    } else {
        curl_easy_setopt(slot->easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(slot->easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(slot->easy, CURLOPT_RANGE,
                     strcmp(request->range, "-") ? request->range : NULL);
    curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, slot->headers);
    curl_multi_add_handle(run.multi, slot->easy);
    run.under_way++;
    run.requests++;
}

static void end_some(void)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(run.multi, &left)) != NULL) {
        struct slot *slot = NULL;
        long status = 0;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
        curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        run.failed += message->data.result != CURLE_OK || status < 200 || status > 299;
        curl_multi_remove_handle(run.multi, slot->easy);
        slot->next_free = run.free;
        run.free = slot;
        run.under_way--;
    }
}

static void step(void)
{
    struct epoll_event events[64];
    int running;
    int count =
        epoll_wait(run.epoll_fd, events, 64, run.timeout_ms < 0 ? 1000 : (int)run.timeout_ms);
    for (int i = 0; i < count; i++)
        curl_multi_socket_action(
            run.multi, events[i].data.fd,
            (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0),
            &running);
    if (count == 0 || run.timeout_ms == 0) {
        run.timeout_ms = -1;
        curl_multi_socket_action(run.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    end_some();
}

static int watch(CURL *easy, curl_socket_t socket, int what, void *ctx, void *watched)
{
    struct epoll_event event = {.data.fd = socket};
    (void)easy;
    (void)ctx;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(run.epoll_fd, EPOLL_CTL_DEL, socket, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    epoll_ctl(run.epoll_fd, watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
    curl_multi_assign(run.multi, socket, &run);
    return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    (void)multi;
    (void)ctx;
    run.timeout_ms = timeout_ms;
    return 0;
}

static void open_slots(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct slot *slot = calloc(1, sizeof *slot);
        slot->easy = curl_easy_init();
        curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
        curl_easy_setopt(slot->easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(slot->easy, CURLOPT_PATH_AS_IS, 1L);
        curl_easy_setopt(slot->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, discard);
        slot->next_free = run.free;
        run.free = slot;
    }
}

static bool read_request(struct request *request)
{
    char line[MAX_LINE];
    *request = (struct request){0};
    if (!fgets(line, sizeof line, stdin))
        return false;
    request->is_wait = strncmp(line, "wait", 4) == 0;
    if (!request->is_wait && (sscanf(line, "%7s %8191s %63s %zu", request->method, request->target,
                                     request->range, &request->bytes) != 4 ||
                              request->bytes > MAX_BODY_BYTES)) {
        fprintf(stderr, "s3_floor: no request: %s", line);
        exit(1);
    }
    return true;
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    if (!value) {
        fprintf(stderr, "s3_floor: %s is not set\n", name);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    static struct request request;
    struct rusage usage;
    if (argc != 3) {
        fprintf(stderr, "usage: s3_floor AUTHORITY CONNECTIONS < requests\n");
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    run.authority = argv[1];
    run.access_key = environment("AWS_ACCESS_KEY_ID");
    run.secret_key = environment("AWS_SECRET_ACCESS_KEY");
    run.body = calloc(1, MAX_BODY_BYTES);
    for (size_t i = 0; i < 4096; i++)
        run.body[i] = (char)rand();
    run.multi = curl_multi_init();
    run.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    run.timeout_ms = -1;
    curl_multi_setopt(run.multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(run.multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(run.multi, CURLMOPT_MAXCONNECTS, (long)atoi(argv[2]));
    open_slots((unsigned)atoi(argv[2]));
    double start = now();
    while (read_request(&request)) {
        while (request.is_wait ? run.under_way > 0 : !run.free)
            step();
        if (!request.is_wait)
            begin(&request);
    }
    while (run.under_way > 0)
        step();
    double seconds = now() - start;
    getrusage(RUSAGE_SELF, &usage);
    printf("requests %u seconds %.3f cpu %.3f failed %u\n", run.requests, seconds,
           (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6,
           run.failed);
    return 0;
}
