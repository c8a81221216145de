/* What follows a try of a request: the answer is right; or it is wrong, and the request is tried
 * again; or it is wrong, and another try would not help.
 *
 * Tries are limited by time and not by number: a request is tried again for 'retry_seconds' after
 * its first failure (5 s where no server has answered yet and the user has given no time: then the
 * address is probably wrong). Once the time of one request has run out, the run has failed: the
 * others end with their next failure, and later ones, which clear up, have GIVEN_UP_MS. Between
 * tries there is a random wait of up to 100 ms, 200 ms, 400 ms, … 5 s ("full jitter"). */
#include "s3_private.h"

#include <errno.h>
#include <time.h>

#define FIRST_WAIT_MS     100
#define LONGEST_WAIT_MS   5000
#define NEVER_ANSWERED_MS 5000
#define GIVEN_UP_MS       1000
#define MAX_REDIRECTS     3
#define MAX_NOT_S3        2

/* ---- Trying again ---------------------------------------------------------------------------- */

static uint64_t random_below(struct s3 *s3, uint64_t limit)
{
    s3->loop.random = hash_mix(s3->loop.random, clock_ns());
    return s3->loop.random % limit;
}

/* How long the request may be tried again after its first failure. */
static uint64_t budget_ms(const struct s3_request *request)
{
    const struct s3 *s3 = request->s3;
    uint64_t budget = s3->options.retry_seconds * (uint64_t)1000, limit = budget;
    if (s3->loop.given_up_ns)
        limit = request->sent_ns < s3->loop.given_up_ns ? 0 : GIVEN_UP_MS;
    else if (!s3->loop.is_answered && !s3->is_retry_given)
        limit = NEVER_ANSWERED_MS;
    return budget < limit ? budget : limit;
}

/* How long to wait before the next try, or HTTP_OVER when there is no time for one. */
static int64_t wait_ms(struct s3_request *request)
{
    struct s3 *s3 = request->s3;
    uint64_t now = clock_ns(), limit = FIRST_WAIT_MS;
    if (!request->failed_ns)
        request->failed_ns = now;
    uint64_t spent = (now - request->failed_ns) / NS_PER_MS, budget = budget_ms(request);
    if (spent >= budget) {
        if (!s3->loop.given_up_ns && !request->is_optional)
            s3->loop.given_up_ns = now;
        return HTTP_OVER;
    }
    for (unsigned i = 1; i < request->http.tries && limit < LONGEST_WAIT_MS; i++)
        limit *= 2;
    if (limit > LONGEST_WAIT_MS)
        limit = LONGEST_WAIT_MS;
    if (limit > budget - spent)
        limit = budget - spent;
    return (int64_t)random_below(s3, limit) + 1;
}

static void say_how_often(const struct s3_request *request, char *out, size_t size)
{
    double seconds = clock_seconds_since(request->failed_ns);
    out[0] = '\0';
    if (request->http.tries > 1)
        snprintf(out, size, " (%u tries in %.1f s)", request->http.tries, seconds);
}

/* ---- No answer ------------------------------------------------------------------------------- */

static bool is_trust_problem(CURLcode result)
{
    return result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE ||
           result == CURLE_SSL_CERTPROBLEM || result == CURLE_SSL_ISSUER_ERROR;
}

static const char *problem_of(const struct http_answer *answer)
{
    return answer->problem[0] ? answer->problem : curl_easy_strerror(answer->result);
}

static int64_t fail_by_trust(struct s3_request *request)
{
    const struct s3 *s3 = request->s3;
    (void)s3_request_fail(request, STATUS_FAILED, "the server's certificate is not trusted: %s",
                          problem_of(&request->http.answer));
    if (s3->options.keys.ca_file)
        error_hint(request->error, "check that %s has the certificate that signed it",
                   s3->options.keys.ca_file);
    else
        error_hint(request->error, "give the certificate that signed it: --ca-file FILE");
    return HTTP_OVER;
}

/* The proxy's refusal is final. */
static int64_t fail_by_proxy(struct s3_request *request)
{
    long status = request->http.answer.proxy_status;
    (void)s3_request_fail(request, STATUS_FAILED, "the proxy refuses the connection (status %ld)",
                          status);
    if (status == 407)
        error_hint(request->error, HTTP_PROXY_LOGIN_HINT);
    else
        error_hint(request->error, "check https_proxy, and no_proxy for hosts that need no proxy");
    return HTTP_OVER;
}

static void hint_at_silence(struct s3_request *request)
{
    const struct s3 *s3 = request->s3;
    const struct http_answer *answer = &request->http.answer;
    if (answer->os_error == EMFILE)
        error_hint(request->error, "raise the limit of open files: ulimit -n 1024");
    else if (answer->os_error == ENOSPC)
        error_hint(request->error, HTTP_WATCHES_HINT);
    else if (answer->result == CURLE_OPERATION_TIMEDOUT && s3->loop.is_answered)
        error_hint(request->error, "a larger --retry-time lets an answer take longer to begin");
    else if (!s3->loop.is_answered)
        error_hint(request->error, s3->location.authority
                                       ? "check --endpoint, and that the server runs"
                                       : "check --region, the network, and the proxy's variables");
}

static const char *text_of(int os_error, char *space)
{
    return os_error == ENOSPC ? "no more sockets can be watched" : errno_text(os_error, space);
}

static int64_t after_no_answer(struct s3_request *request)
{
    const struct http_answer *answer = &request->http.answer;
    char how_often[64], reason[ERRNO_TEXT];
    if (is_trust_problem(answer->result))
        return fail_by_trust(request);
    if (answer->too_long)
        return s3_request_fail(request, STATUS_FAILED, "the answer is longer than it may be");
    if (answer->proxy_status && answer->proxy_status < 500)
        return fail_by_proxy(request);
    if (answer->os_error)
        http_use_fewer(request->s3->http);
    int64_t wait = wait_ms(request);
    if (wait != HTTP_OVER)
        return wait;
    say_how_often(request, how_often, sizeof how_often);
    (void)s3_request_fail(request, STATUS_UNREACHABLE, "%s%s",
                          answer->os_error ? text_of(answer->os_error, reason) : problem_of(answer),
                          how_often);
    hint_at_silence(request);
    return HTTP_OVER;
}

/* ---- An error -------------------------------------------------------------------------------- */

static void read_clock(struct s3 *s3, const struct http_answer *answer)
{
    char text[64];
    struct str date = http_answer_header(answer, "date");
    if (date.len == 0 || date.len >= sizeof text)
        return;
    snprintf(text, sizeof text, "%.*s", STR_ARG(date));
    time_t theirs = curl_getdate(text, NULL);
    s3->loop.has_clock = theirs >= 0;
    s3->loop.clock_ahead_s = (int64_t)theirs - (int64_t)time(NULL);
}

static bool set_clock(struct s3 *s3, const struct http_answer *answer)
{
    if (s3->loop.is_clock_set)
        return false;
    read_clock(s3, answer);
    s3->loop.is_clock_set = s3->loop.has_clock;
    s3->loop.config_epoch += s3->loop.is_clock_set;
    return s3->loop.is_clock_set;
}

static bool renew(struct s3_request *request)
{
    struct s3 *s3 = request->s3;
    if (request->is_renewed)
        return false;
    request->is_renewed = true;
    s3->loop.renew_s = 1; /* before the next try */
    return true;
}

static bool move(struct s3_request *request, const char *region)
{
    struct s3 *s3 = request->s3;
    if (!region[0] || request->redirects == MAX_REDIRECTS)
        return false;
    request->redirects++;
    if (strcmp(region, s3->loop.region) == 0)
        return true;
    if (strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(region))
        return false; /* the region becomes a part of host names */
    CLEANUP(buffer_release) struct buffer note = {0};
    buffer_appendf(&note, "the bucket %s is in the region %s: --region %s saves a request",
                   s3->location.bucket, region, region);
    s3_note(s3, buffer_text(&note));
    mem_free(s3->loop.region);
    s3->loop.region = str_dup(str_of(region));
    s3->loop.config_epoch++;
    return true;
}

static int64_t after_error(struct s3_request *request)
{
    struct s3 *s3 = request->s3;
    struct s3_error error;
    int64_t wait;
    s3_error_read(request, &error);
    enum s3_remedy remedy = s3_error_remedy(request, &error);
    bool is_config = remedy == S3_SET_CLOCK || remedy == S3_RENEW || remedy == S3_MOVE;
    if (is_config && request->config_epoch != s3->loop.config_epoch)
        return 0; /* another request has changed the setting since this one was signed */
    switch (remedy) {
    case S3_SLOW_DOWN:
        http_slow_down(s3->http);
        /* fall through */
    case S3_TRY_AGAIN:
        wait = wait_ms(request);
        return wait != HTTP_OVER ? wait : s3_error_fail(request, &error);
    case S3_SET_CLOCK:
        return set_clock(s3, &request->http.answer) ? 0 : s3_error_fail(request, &error);
    case S3_RENEW:
        return renew(request) ? 0 : s3_error_fail(request, &error);
    case S3_MOVE:
        return move(request, error.region) ? 0 : s3_error_fail(request, &error);
    case S3_NO_CHECKSUM:
        s3->loop.has_no_checksums = true;
        return 0;
    case S3_NO_IF_MATCH:
        request->without_if_match = true;
        return 0;
    case S3_FINAL:
        break;
    }
    return s3_error_fail(request, &error);
}

/* ---- An answer ------------------------------------------------------------------------------- */

/* An incomplete answer is tried again within the time for retries; an answer that is not of S3
 * at most MAX_NOT_S3 times, as it will not change. */
static int64_t after_wrong_answer(struct s3_request *request, const char *problem)
{
    char how_often[64];
    bool is_hopeless = request->is_not_s3 && ++request->not_s3_answers > MAX_NOT_S3;
    int64_t wait = is_hopeless ? HTTP_OVER : wait_ms(request);
    if (wait != HTTP_OVER)
        return wait;
    say_how_often(request, how_often, sizeof how_often);
    (void)s3_request_fail(request, STATUS_FAILED, "%s%s", problem, how_often);
    if (request->is_not_s3)
        error_hint(request->error, "what answers may not be an S3 store: check --endpoint");
    return HTTP_OVER;
}

/* Notes once that an answer to a request that stores an object does not confirm --sse. */
static void check_encryption(const struct s3_request *request)
{
    struct s3 *s3 = request->s3;
    bool is_told = http_answer_header(&request->http.answer, "x-amz-server-side-encryption").len;
    if (!request->is_stored || !s3->options.sse || is_told || s3->loop.is_sse_told)
        return;
    s3->loop.is_sse_told = true;
    s3_note(s3, "the store does not say that it encrypts as --sse asks");
}

int64_t s3_next_try_ms(struct http_request *http)
{
    struct s3_request *request = (struct s3_request *)http;
    if (http->answer.result != CURLE_OK)
        return after_no_answer(request);
    request->s3->loop.is_answered = true;
    if (!request->s3->loop.has_clock)
        read_clock(request->s3, &http->answer);
    if (http->answer.status < 200 || http->answer.status >= 300)
        return after_error(request);
    request->is_not_s3 = request->has_changed = false;
    const char *problem = request->check ? request->check(request) : NULL;
    if (!problem) {
        check_encryption(request);
        return HTTP_OVER;
    }
    return request->has_changed ? s3_request_fail(request, STATUS_CHANGED, "%s", problem)
                                : after_wrong_answer(request, problem);
}
