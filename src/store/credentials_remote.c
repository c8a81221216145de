/* One small request at a time, for credentials: plain libcurl, since there is no store yet whose
 * loop could send it, and since none of the store's rules for retries hold here. */
#include "credentials_private.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>

#define ANSWER_LIMIT     ((size_t)64 << 10)
#define LOCAL_CONNECT_MS 1000L

static size_t take_body(char *bytes, size_t size, size_t count, void *ctx)
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
    for (size_t i = 0; i < sizeof call->headers / sizeof *call->headers; i++)
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

static void set_up(CURL *curl, const struct call *call, struct call_answer *out)
{
    struct str ca_file = env_text("AWS_CA_BUNDLE");
    curl_easy_setopt(curl, CURLOPT_URL, call->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, call->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     call->is_local ? LOCAL_CONNECT_MS : call->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &out->body);
    if (call->is_local)
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (ca_file.data)
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file.data);
    set_body(curl, call);
}

static bool is_nobody(CURLcode result)
{
    return result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST;
}

static void perform(CURL *curl, const struct call *call, struct call_answer *out)
{
    char problem[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = header_list(call);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem);
    CURLcode result = curl_easy_perform(curl);
    if (result == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
    } else {
        out->is_timeout = result == CURLE_OPERATION_TIMEDOUT;
        out->is_nobody = is_nobody(result);
        snprintf(out->problem, sizeof out->problem, "%s",
                 result == CURLE_WRITE_ERROR ? "the answer is longer than 64 KiB"
                 : *problem                  ? problem
                                             : curl_easy_strerror(result));
    }
    curl_slist_free_all(headers);
}

void call_make(const struct call *call, struct call_answer *out)
{
    CURL *curl = curl_easy_init();
    /* at once as large as it may become, so that no copy stays behind */
    buffer_reserve(&out->body, ANSWER_LIMIT);
    if (!curl) {
        snprintf(out->problem, sizeof out->problem, "libcurl cannot be used");
        return;
    }
    set_up(curl, call, out);
    perform(curl, call, out);
    curl_easy_cleanup(curl);
}

void call_answer_release(struct call_answer *answer)
{
    secret_buffer_release(&answer->body);
    *answer = (struct call_answer){0};
}

/* ---- What is in answers ---------------------------------------------------------------------- */

/* "Z", or an offset from it as "+02:30"; parts of seconds do not count. */
static bool read_zone(const char *text, int64_t *out_offset_s)
{
    unsigned hours, minutes;
    char sign;
    if (*text == '.')
        text += 1 + strspn(text + 1, "0123456789");
    *out_offset_s = 0;
    if (strcmp(text, "Z") == 0)
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

static struct str json_text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value))
        return STR_NULL;
    return (struct str){json_string_value(value), json_string_length(value)};
}

static enum status set_from_object(const json_t *object, const char *source, const char *who,
                                   struct credentials *out, struct error *error)
{
    struct str expiration = json_text(object, "Expiration");
    struct key_pair pair = {
        .source = source,
        .access_key = json_text(object, "AccessKeyId"),
        .secret_key = json_text(object, "SecretAccessKey"),
        .session_token = json_text(object, "Token"),
        .expires_s = expiration.data ? credentials_time(expiration.data) : 0,
    };
    if (!pair.access_key.len || !pair.secret_key.len)
        return error_set(error, STATUS_DENIED, "%s: the answer holds no keys", who);
    return credentials_set(out, &pair, error);
}

enum status credentials_from_json(struct str json, const char *source, const char *who,
                                  struct credentials *out, struct error *error)
{
    json_t *object = json_loadb(json.len ? json.data : "", json.len, 0, NULL);
    enum status status =
        json_is_object(object)
            ? set_from_object(object, source, who, out, error)
            : error_set(error, STATUS_DENIED, "%s: the answer is no JSON object", who);
    if (status != STATUS_OK && !error->hint[0])
        error_hint(error, "give the keys in dl.cfg or in the environment instead");
    json_decref(object);
    return status;
}
