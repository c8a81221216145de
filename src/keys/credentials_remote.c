/* One small request at a time, for credentials: plain libcurl, since there is no store yet whose
 * loop could send it. Services for keys have moments in which they are overloaded, as when many
 * tasks start at once: for these, requests are tried again for some seconds, with random waits of
 * up to 100 ms, 200 ms, 400 ms, … in between. */
#include "credentials_private.h"

#include <curl/curl.h>
#include <http.h>
#include <jansson.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_LIMIT     ((size_t)64 << 10)
#define LOCAL_CONNECT_MS 1000L
#define MOST_TRIES       4
#define FIRST_WAIT_MS    100
#define LOOK_MS          50 /* how often `cancel` is checked */

static size_t append_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct buffer *body = ctx;
    if (body->len + size * count > ANSWER_LIMIT)
        return 0;
    buffer_append(body, bytes, size * count);
    return size * count;
}

static struct curl_slist *header_list(const struct call *call)
{
    struct curl_slist *list = curl_slist_append(NULL, "Accept: */*");
    for (size_t i = 0; i < ARRAY_LENGTH(call->headers); i++)
        if (call->headers[i])
            list = curl_slist_append(list, call->headers[i]);
    return list;
}

static void set_body(CURL *curl, const struct call *call)
{
    if (strcmp(call->method, "GET") == 0)
        return;
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)call->body.len);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.len ? call->body.data : "");
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
}

static int look_for_cancel(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return search_is_cancelled(ctx);
}

static void set_up(CURL *curl, const struct search *search, const struct call *call,
                   struct call_answer *out)
{
    curl_easy_setopt(curl, CURLOPT_URL, call->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, call->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     call->is_local ? LOCAL_CONNECT_MS : call->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &out->body);
    if (call->is_local)
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (search->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, search->ca_file);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_for_cancel);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, (void *)(uintptr_t)search);
    set_body(curl, call);
}

static void perform(CURL *curl, const struct call *call, struct call_answer *out)
{
    char problem[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = header_list(call);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem);
    CURLcode result = curl_easy_perform(curl);
    if (result == CURLE_OUT_OF_MEMORY && !problem[0])
        mem_exhausted();
    if (result == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
    } else {
        out->is_timeout = result == CURLE_OPERATION_TIMEDOUT;
        out->is_nobody = result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST;
        out->is_cancelled = result == CURLE_ABORTED_BY_CALLBACK;
        out->is_too_long = result == CURLE_WRITE_ERROR;
        http_proxy_hide_login(result, problem, sizeof problem);
        snprintf(out->problem, sizeof out->problem, "%s",
                 out->is_too_long ? "the answer is longer than 64 KiB"
                 : *problem       ? problem
                                  : curl_easy_strerror(result));
    }
    curl_slist_free_all(headers);
}

static void try_once(const struct search *search, const struct call *call, struct call_answer *out)
{
    CURL *curl = curl_easy_init();
    call_answer_release(out);
    /* reserved at once: a buffer that grows would leave copies of the keys */
    buffer_reserve(&out->body, ANSWER_LIMIT);
    if (!curl) {
        snprintf(out->problem, sizeof out->problem, "libcurl cannot be used");
        return;
    }
    set_up(curl, search, call, out);
    perform(curl, call, out);
    curl_easy_cleanup(curl);
}

static bool may_pass(const struct call *call, const struct call_answer *answer)
{
    if (answer->status == 0)
        return !answer->is_cancelled && !answer->is_too_long &&
               !(answer->is_nobody && call->is_nobody_final) &&
               !(answer->is_timeout && call->is_timeout_final);
    return answer->status == 429 || answer->status >= 500 ||
           (call->may_pass && call->may_pass(answer));
}

/* Waits; false when `cancel` became true meanwhile. */
static bool pause_for(const struct search *search, uint64_t ms)
{
    for (; ms && !search_is_cancelled(search); ms -= ms < LOOK_MS ? ms : LOOK_MS)
        usleep((useconds_t)((ms < LOOK_MS ? ms : LOOK_MS) * 1000));
    return !search_is_cancelled(search);
}

static enum status no_answer(const struct call *call, const struct call_answer *answer,
                             struct error *error)
{
    CLEANUP(buffer_release) struct buffer shown = {0};
    if (answer->is_cancelled)
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    address_show(call->url, &shown);
    return error_set(error, STATUS_UNREACHABLE, "%s: no answer from %s: %s", call->who,
                     buffer_text(&shown), answer->problem);
}

enum status call_make(const struct search *search, const struct call *call, struct call_answer *out,
                      struct error *error)
{
    uint64_t start = clock_ns(), random = hash_mix(start, (uint64_t)time(NULL));
    uint64_t wait_ms = FIRST_WAIT_MS;
    for (unsigned tries = 1;; tries++, wait_ms *= 2) {
        try_once(search, call, out);
        random = hash_mix(random, clock_ns());
        if (tries == MOST_TRIES || !may_pass(call, out) ||
            clock_ns() - start >= (uint64_t)call->retry_ms * NS_PER_MS ||
            !pause_for(search, random % wait_ms + 1))
            return out->status ? STATUS_OK : no_answer(call, out, error);
    }
}

void search_warn_of_plain(const struct search *search, const char *url, const char *what)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    if (!search->options->note || !http_url_is_plain(url))
        return;
    buffer_appendf(&text, "%s goes to ", what);
    address_show(url, &text);
    buffer_append_str(&text, STR(" without encryption, for all on the way to read: give an address "
                                 "that begins with https://"));
    search->options->note(search->options->note_ctx, buffer_text(&text));
}

void call_answer_release(struct call_answer *answer)
{
    secret_buffer_release(&answer->body);
    *answer = (struct call_answer){0};
}

/* ---- What is in answers ---------------------------------------------------------------------- */

/* Parses "Z", "UTC" or an offset as "+02:30", after an optional fraction of seconds, which is
 * ignored. */
static bool read_zone(const char *text, int64_t *out_offset_s)
{
    unsigned hours, minutes;
    char sign;
    if (*text == '.')
        text += 1 + strspn(text + 1, "0123456789");
    *out_offset_s = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "UTC") == 0)
        return true;
    if (sscanf(text, "%c%2u:%2u", &sign, &hours, &minutes) != 3 || (sign != '+' && sign != '-'))
        return false;
    *out_offset_s = (int64_t)(hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
}

int64_t credentials_time(const char *text)
{
    struct tm time = {0};
    int64_t offset_s;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &time);
    return rest && read_zone(rest, &offset_s) ? timegm(&time) - offset_s : 0;
}

struct str credentials_json_text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value))
        return STR_NULL;
    return (struct str){json_string_value(value), json_string_length(value)};
}

static int64_t expiration_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_integer(value))
        return json_integer_value(value) / 1000;
    return json_is_string(value) ? credentials_time(json_string_value(value)) : 0;
}

enum status credentials_from_object(const json_t *object, const struct key_names *names,
                                    const char *source, const char *who, struct credentials *out,
                                    struct error *error)
{
    enum status status;
    struct key_pair pair = {
        .source = source,
        .access_key = credentials_json_text(object, names->access_key),
        .secret_key = credentials_json_text(object, names->secret_key),
        .session_token = credentials_json_text(object, names->session_token),
        .expires_s = expiration_of(object, names->expiration),
    };
    if (!json_is_object(object))
        status = error_set(error, STATUS_DENIED, "%s: the answer is not a JSON object", who);
    else if (!pair.access_key.len || !pair.secret_key.len)
        status = error_set(error, STATUS_DENIED, "%s: the answer holds no keys", who);
    else
        status = credentials_set(out, &pair, error);
    if (status != STATUS_OK && !error->hint[0])
        error_hint(error, "give the keys in dl.cfg or in the environment instead");
    return status;
}

enum status credentials_from_json(struct str json, const char *source, const char *who,
                                  struct credentials *out, struct error *error)
{
    static const struct key_names names = {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"};
    json_auto_t *object = json_loadb(json.len ? json.data : "", json.len, 0, NULL);
    return credentials_from_object(object, &names, source, who, out, error);
}
