/* EC2: the instance's metadata, version 2 (Amazon EC2 User Guide, "Use the Instance Metadata
 * Service"). A PUT gives a token, with which the name of the role is read, and then its keys.
 *
 * Most machines are no instances: nothing answers there, or another server of the network does. So
 * this link is the last one, waits for 1 s, and every failure before a role is named means only
 * that there are no keys here. After the first answer, temporary failures are tried again for a
 * short time. */
#include "credentials_private.h"
#include "settings.h"

#include <http.h>
#include <strings.h>

#define TOKEN_TIMEOUT_MS 1000
#define TIMEOUT_MS       2000
#define RETRY_MS         3000
#define SOURCE           "the instance's role"
#define WHO              "instance metadata"
#define TTL_HEADER       "X-aws-ec2-metadata-token-ttl-seconds: 21600"
#define ROLES_PATH       "/latest/meta-data/iam/security-credentials/"

struct instance {
    struct buffer endpoint; /* without '/' at the end */
    struct buffer url;      /* of the last request */
    struct buffer header;   /* with the token, once there is one */
    struct call_answer answer;
};

static void instance_release(struct instance *instance)
{
    buffer_release(&instance->endpoint);
    buffer_release(&instance->url);
    secret_buffer_release(&instance->header);
    call_answer_release(&instance->answer);
}

/* Sends a request for the path base + `more`, with the token once there is one. */
static enum status ask(const struct search *search, struct instance *instance, const char *path,
                       struct str more, struct error *error)
{
    bool has_token = instance->header.len > 0;
    buffer_set(&instance->url, buffer_str(&instance->endpoint));
    buffer_append_str(&instance->url, str_of(path));
    buffer_append_str(&instance->url, more);
    struct call call = {.who = WHO,
                        .method = has_token ? "GET" : "PUT",
                        .url = buffer_text(&instance->url),
                        .headers = {has_token ? buffer_text(&instance->header) : TTL_HEADER},
                        .timeout_ms = has_token ? TIMEOUT_MS : TOKEN_TIMEOUT_MS,
                        .retry_ms = RETRY_MS,
                        .is_local = true,
                        .is_nobody_final = true,
                        .is_timeout_final = !has_token};
    call_answer_release(&instance->answer);
    return call_make(search, &call, &instance->answer, error);
}

/* Notes why there are no keys, where no role was named. */
static void say_why(struct search *search, struct instance *instance, const char *what)
{
    CLEANUP(buffer_release) struct buffer shown = {0};
    const struct call_answer *answer = &instance->answer;
    address_show(buffer_text(&instance->endpoint), &shown);
    const char *url = buffer_text(&shown);
    if (answer->is_nobody)
        search_say(search, WHO ": no answer (%s)", url);
    else if (answer->is_timeout)
        search_say(search, WHO ": no answer within %d s (%s)", TOKEN_TIMEOUT_MS / 1000, url);
    else if (answer->status == 0)
        search_say(search, WHO ": %s (%s)", answer->problem, url);
    else if (answer->status != 200)
        search_say(search, WHO ": answered %ld when asked for %s (%s)", answer->status, what, url);
    else
        search_say(search, WHO ": the answer is not %s (%s)", what, url);
}

static bool get_token(struct search *search, struct instance *instance)
{
    struct error ignored;
    (void)!ask(search, instance, "/latest/api/token", STR(""), &ignored);
    struct str token = buffer_str(&instance->answer.body);
    if (instance->answer.status != 200 || token.len == 0 || token.len > 1024 ||
        !str_consists_of(token, ASCII_LETTERS ASCII_DIGITS "+/=-_.~")) {
        say_why(search, instance, "a token");
        return false;
    }
    buffer_reserve(&instance->header, token.len + 64);
    buffer_appendf(&instance->header, "X-aws-ec2-metadata-token: %.*s", STR_ARG(token));
    return true;
}

/* The first role of the list: an instance has one. */
static bool get_role(struct search *search, struct instance *instance, struct buffer *role)
{
    struct error ignored;
    (void)!ask(search, instance, ROLES_PATH, STR(""), &ignored);
    struct str text = buffer_str(&instance->answer.body), list = str_consume_line(&text);
    if (instance->answer.status == 404) {
        search_say(search, WHO ": the instance has no role");
        return false;
    }
    /* IAM User Guide, "IAM and AWS STS quotas": what names consist of */
    if (instance->answer.status != 200 || list.len == 0 || list.len > 128 ||
        !str_consists_of(list, ASCII_LETTERS ASCII_DIGITS "+=,.@-_")) {
        say_why(search, instance, "a role");
        return false;
    }
    buffer_append_str(role, list);
    return true;
}

static enum status get_keys(const struct search *search, struct instance *instance,
                            struct buffer *role, struct credentials *out, struct error *error)
{
    const struct call_answer *answer = &instance->answer;
    CLEANUP(buffer_release) struct buffer shown = {0};
    TRY(ask(search, instance, ROLES_PATH, buffer_str(role), error));
    address_show(buffer_text(&instance->url), &shown);
    if (answer->status != 200)
        return error_set(error, STATUS_UNREACHABLE, WHO ": %s answered %ld", buffer_text(&shown),
                         answer->status);
    return credentials_from_json(buffer_str(&answer->body), SOURCE, WHO, out, error);
}

static void find_endpoint(struct buffer *endpoint)
{
    struct str given = keys_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    buffer_append_str(endpoint, given.data ? given : STR("http://169.254.169.254"));
    while (endpoint->len && endpoint->data[endpoint->len - 1] == '/')
        endpoint->len--;
}

enum status credentials_from_instance(struct search *search, struct credentials *out,
                                      struct error *error)
{
    CLEANUP(instance_release) struct instance instance = {0};
    CLEANUP(buffer_release) struct buffer role = {0}, where = {0};
    struct str disabled = keys_variable("AWS_EC2_METADATA_DISABLED");
    if (disabled.data && strcasecmp(disabled.data, "true") == 0) {
        search_say(search, WHO ": not asked: AWS_EC2_METADATA_DISABLED is true");
        return STATUS_OK;
    }
    find_endpoint(&instance.endpoint);
    if (!get_token(search, &instance) || !get_role(search, &instance, &role))
        return search_is_cancelled(search) ? error_set(error, STATUS_INTERRUPTED, "interrupted")
                                           : STATUS_OK;
    TRY(get_keys(search, &instance, &role, out, error));
    buffer_appendf(&where, "role %s", buffer_text(&role));
    search_say_found(search, WHO, out, buffer_text(&where));
    return STATUS_OK;
}
