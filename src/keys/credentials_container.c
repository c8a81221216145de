/* Containers of ECS, and pods of EKS: the environment names an address that gives keys (AWS SDKs
 * and Tools Reference Guide, "Container credential provider"). Over http it is asked only on this
 * machine: who can set a variable should not learn the container's token. */
#include "credentials_private.h"
#include "settings.h"

#include <http.h>

#define TIMEOUT_MS 2000
#define RETRY_MS   5000
#define SOURCE     "the container's role"
#define WHO        "container"

/* The address is one of the machine's own: the loopback or a link-local one that Amazon uses. */
static bool is_local_host(const char *host)
{
    static const char *const hosts[] = {"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
    for (size_t i = 0; i < ARRAY_LENGTH(hosts); i++)
        if (strcmp(host, hosts[i]) == 0)
            return true;
    return http_host_is_loopback(host);
}

static bool may_be_asked(const char *url)
{
    CLEANUP(http_url_release) struct http_url parts = {0};
    return http_url_parse(url, &parts) &&
           (strcmp(parts.scheme, "https") == 0 ||
            (strcmp(parts.scheme, "http") == 0 && is_local_host(parts.host)));
}

enum status credentials_container_url(struct buffer *out, struct error *error)
{
    struct str relative = keys_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    struct str full = keys_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative.data) {
        buffer_appendf(out, "http://169.254.170.2%s%.*s", *relative.data == '/' ? "" : "/",
                       STR_ARG(relative));
        return STATUS_OK;
    }
    if (!full.data)
        return STATUS_OK;
    buffer_append_str(out, full);
    if (http_url_has_login(full.data)) {
        error_set(error, STATUS_DENIED,
                  WHO ": AWS_CONTAINER_CREDENTIALS_FULL_URI has a name and a password in it");
        return error_hint(error, "the token goes into AWS_CONTAINER_AUTHORIZATION_TOKEN");
    }
    if (may_be_asked(buffer_text(out)))
        return STATUS_OK;
    error_set(error, STATUS_DENIED,
              WHO ": AWS_CONTAINER_CREDENTIALS_FULL_URI names an address that is not used: it is "
                  "neither https nor on this machine");
    return error_hint(error, "unset it if it is not meant");
}

static enum status token_is_wrong(const char *why, struct error *error)
{
    error_set(error, STATUS_DENIED, WHO ": the authorization token %s", why);
    return error_hint(error, "check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, and "
                             "AWS_CONTAINER_AUTHORIZATION_TOKEN");
}

/* "Authorization: TOKEN" when a token is given. */
static enum status write_token(struct buffer *header, struct error *error)
{
    CLEANUP(secret_file_release) struct secret_file file = {0};
    struct str path = keys_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    struct str token = keys_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (path.data) {
        if (secret_file_read(path.data, &file, error) != STATUS_OK)
            return error_wrap(error, WHO);
        token = buffer_str(&file.text);
    }
    token = str_trim(token);
    if (path.data && !token.len)
        return token_is_wrong(file.is_there ? "is empty" : "is missing: its file is not there",
                              error);
    for (size_t i = 0; i < token.len; i++)
        if (token.data[i] < ' ' || token.data[i] > '~') /* a blank is allowed: "Bearer x" */
            return token_is_wrong("holds a character that none has", error);
    if (!token.len)
        return STATUS_OK;
    buffer_reserve(header, token.len + 32);
    buffer_appendf(header, "Authorization: %.*s", STR_ARG(token));
    return STATUS_OK;
}

static enum status ask(const struct search *search, const char *url, struct buffer *token,
                       struct credentials *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer shown = {0};
    CLEANUP(call_answer_release) struct call_answer answer = {0};
    struct call call = {.who = WHO,
                        .method = "GET",
                        .url = url,
                        .headers = {token->len ? buffer_text(token) : NULL},
                        .timeout_ms = TIMEOUT_MS,
                        .retry_ms = RETRY_MS,
                        .is_local = true};
    TRY(call_make(search, &call, &answer, error));
    if (answer.status != 200) {
        address_show(url, &shown);
        error_set(error, STATUS_DENIED, WHO ": %s answered %ld", buffer_text(&shown),
                  answer.status);
        return error_hint(error, "check the role of the task or pod%s",
                          token->len ? ", and its token" : ": no token was sent");
    }
    return credentials_from_json(buffer_str(&answer.body), SOURCE, WHO, out, error);
}

enum status credentials_from_container(struct search *search, struct credentials *out,
                                       struct error *error)
{
    CLEANUP(buffer_release) struct buffer url = {0}, shown = {0};
    CLEANUP(secret_buffer_release) struct buffer token = {0};
    TRY(credentials_container_url(&url, error));
    if (!url.len) {
        search_say(search, WHO ": AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set");
        return STATUS_OK;
    }
    TRY(write_token(&token, error));
    TRY(ask(search, buffer_text(&url), &token, out, error));
    address_show(buffer_text(&url), &shown);
    search_say_found(search, WHO, out, buffer_text(&shown));
    return STATUS_OK;
}
