/* Roles: STS gives keys of a role for a limited time (AWS STS API Reference), for a request that
 * is signed with other keys (AssumeRole) or carries a token of an identity provider that Amazon
 * trusts (AssumeRoleWithWebIdentity; not signed, as the token proves who asks). */
#include "credentials_private.h"
#include "settings.h"

#include <http.h>
#include <sign.h>
#include <time.h>
#include <xml.h>

#define TIMEOUT_MS 10000
#define RETRY_MS   10000

/* ---- The answer ------------------------------------------------------------------------------ */

/* What an answer of STS holds: keys, or an error. */
struct answer {
    struct buffer access_key, secret_key, session_token, expiration;
    struct buffer code, message;
};

static void answer_release(struct answer *answer)
{
    secret_buffer_release(&answer->access_key);
    secret_buffer_release(&answer->secret_key);
    secret_buffer_release(&answer->session_token);
    secret_buffer_release(&answer->message);
    buffer_release(&answer->expiration);
    buffer_release(&answer->code);
}

static void parse_element(void *ctx, const char *parent, const char *name, struct str text)
{
    struct answer *answer = ctx;
    const struct {
        const char *parent, *name;
        struct buffer *out;
    } elements[] = {
        {"Credentials", "AccessKeyId", &answer->access_key},
        {"Credentials", "SecretAccessKey", &answer->secret_key},
        {"Credentials", "SessionToken", &answer->session_token},
        {"Credentials", "Expiration", &answer->expiration},
        {"Error", "Code", &answer->code},
        {"Error", "Message", &answer->message},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(elements); i++)
        if (strcmp(parent, elements[i].parent) == 0 && strcmp(name, elements[i].name) == 0) {
            buffer_set(elements[i].out, text);
        }
}

static bool may_pass(const struct call_answer *answer)
{
    static const char *const codes[] = {
        "Throttling",      "ThrottlingException", "RequestLimitExceeded",  "RequestThrottled",
        "TooManyRequests", "InternalFailure",     "IDPCommunicationError", "ServiceUnavailable"};
    CLEANUP(answer_release) struct answer said = {0};
    if (!xml_read(buffer_str(&answer->body), NULL, parse_element, &said))
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(codes); i++)
        if (strcmp(buffer_text(&said.code), codes[i]) == 0)
            return true;
    return false;
}

static bool holds(struct buffer *text, struct str secret)
{
    return secret.len && text->len && memmem(text->data, text->len, secret.data, secret.len);
}

/* STS' message about a wrong signature quotes the signed text, and one about a token may quote
 * the token: such a message is not shown. */
static bool repeats_secret(const struct role *role, struct answer *said)
{
    const struct credentials *keys = role->keys;
    if (!keys)
        return holds(&said->message, role->web_token);
    return holds(&said->message, str_of(keys->secret_key)) ||
           (keys->session_token && holds(&said->message, str_of(keys->session_token)));
}

static enum status refused(const struct role *role, struct answer *said, const char *url,
                           struct error *error)
{
    const char *what = role->keys ? "the role" : "the token";
    if (repeats_secret(role, said))
        error_set(error, STATUS_DENIED, "%s: %s refuses %s: %.100s", role->who, url, what,
                  buffer_text(&said->code));
    else
        error_set(error, STATUS_DENIED, "%s: %s refuses %s: %.100s: %.600s", role->who, url, what,
                  buffer_text(&said->code), buffer_text(&said->message));
    if (role->keys)
        return error_hint(error, "check role_arn, the role's trust policy, and that the keys which "
                                 "ask for it (source_profile, credential_source) may do so");
    return error_hint(error, "check the role's ARN (AWS_ROLE_ARN, role_arn), its trust policy, and "
                             "that the token in the file has not expired");
}

static enum status parse_answer(const struct role *role, const struct call_answer *answer,
                                const char *url, struct credentials *out, struct error *error)
{
    CLEANUP(answer_release) struct answer said = {0};
    bool is_xml = xml_read(buffer_str(&answer->body), NULL, parse_element, &said);
    if (is_xml && said.code.len)
        return refused(role, &said, url, error);
    if (answer->status != 200 || !is_xml || !said.access_key.len || !said.secret_key.len) {
        error_set(error, STATUS_DENIED, "%s: %s answered %ld, and not as STS does", role->who, url,
                  answer->status);
        return error_hint(error, "check AWS_ENDPOINT_URL_STS and the region");
    }
    struct key_pair pair = {role->source, buffer_str(&said.access_key),
                            buffer_str(&said.secret_key), buffer_str(&said.session_token),
                            credentials_time(buffer_text(&said.expiration))};
    return credentials_set(out, &pair, error);
}

/* ---- The request ----------------------------------------------------------------------------- */

/* Amazon's regions end in a number. Other stores have regions of other forms, for which STS has
 * no host. */
static bool is_region_of_amazon(const char *region)
{
    size_t len = strlen(region);
    return strchr(region, '-') && len && region[len - 1] >= '0' && region[len - 1] <= '9' &&
           strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static enum status find_url(const struct search *search, const struct role *role,
                            struct buffer *url, struct buffer *region, struct error *error)
{
    static const struct keys_service service = {"STS", "sts"};
    CLEANUP(mem_drop) char *named = keys_region(search->options);
    buffer_append_str(region, is_region_of_amazon(named) ? str_of(named) : STR("us-east-1"));
    TRY(keys_service_url(search->options, &service, buffer_text(region), role->who, url, error));
    buffer_append_char(url, '/');
    return STATUS_OK;
}

static void add_field(struct buffer *form, const char *name, struct str value)
{
    if (!value.len)
        return;
    buffer_appendf(form, "&%s=", name);
    sign_uri_encode(value, false, form);
}

static void write_form(const struct role *role, struct buffer *form)
{
    bool has_name = role->session_name.len > 0;
    buffer_reserve(
        form, 3 * role->web_token.len +
                  8192); /* reserved at once: a buffer that grows would leave copies of the token */
    buffer_appendf(form, "Action=%s&Version=2011-06-15",
                   role->keys ? "AssumeRole" : "AssumeRoleWithWebIdentity");
    add_field(form, "RoleArn", role->arn);
    add_field(form, "RoleSessionName", has_name ? role->session_name : STR("sparkify"));
    add_field(form, "DurationSeconds", role->duration_s);
    add_field(form, "ExternalId", role->external_id);
    add_field(form, "WebIdentityToken", role->web_token);
}

struct signing {
    struct http_url url;
    struct buffer host, authorization, token; /* host: with the port, as the header has it */
    char date[UTC_TEXT], date_header[UTC_TEXT + 16];
};

static void signing_release(struct signing *signing)
{
    http_url_release(&signing->url);
    buffer_release(&signing->host);
    buffer_release(&signing->authorization);
    secret_buffer_release(&signing->token);
}

/* Headers of a signed request; false when the address cannot be read. */
static bool sign(const struct role *role, const char *region, struct call *call,
                 struct signing *signing)
{
    char hash[SHA256_HEX_LEN + 1];
    if (!http_url_parse(call->url, &signing->url))
        return false;
    http_url_authority(&signing->url, &signing->host);
    utc_text_basic((int64_t)time(NULL), signing->date);
    sha256_text(call->body, hash, NULL);
    struct sign_header headers[3] = {{STR("host"), buffer_str(&signing->host)},
                                     {STR("x-amz-date"), str_of(signing->date)}};
    const char *token = role->keys->session_token;
    if (token)
        headers[2] = (struct sign_header){STR("x-amz-security-token"), str_of(token)};
    struct sign_request text = {
        .method = str_of(call->method),
        .path = str_of(signing->url.path),
        .query = STR(""),
        .headers = headers,
        .header_count = token ? 3 : 2,
        .payload_hash = str_of(hash),
        .region = str_of(region),
        .service = STR("sts"),
        .amz_date = str_of(signing->date),
    };
    struct signer *signer = signer_new();
    buffer_append_str(&signing->authorization, STR("Authorization: "));
    signer_sign(signer, role->keys, &text, &signing->authorization);
    signer_free(signer);
    snprintf(signing->date_header, sizeof signing->date_header, "X-Amz-Date: %s", signing->date);
    call->headers[0] = signing->date_header;
    call->headers[1] = buffer_text(&signing->authorization);
    if (token) {
        buffer_reserve(&signing->token, strlen(token) + 32);
        buffer_appendf(&signing->token, "X-Amz-Security-Token: %s", token);
        call->headers[2] = buffer_text(&signing->token);
    }
    return true;
}

static enum status ask_sts(const struct search *search, const struct role *role,
                           struct credentials *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer url = {0}, region = {0}, shown = {0};
    CLEANUP(secret_buffer_release) struct buffer form = {0};
    CLEANUP(call_answer_release) struct call_answer answer = {0};
    CLEANUP(signing_release) struct signing signing = {0};
    TRY(find_url(search, role, &url, &region, error));
    write_form(role, &form);
    struct call call = {.who = role->who,
                        .method = "POST",
                        .url = buffer_text(&url),
                        .body = buffer_str(&form),
                        .timeout_ms = TIMEOUT_MS,
                        .retry_ms = RETRY_MS,
                        .may_pass = may_pass};
    if (role->keys && !sign(role, buffer_text(&region), &call, &signing)) {
        error_set(error, STATUS_DENIED, "%s: the address of STS is not a URL", role->who);
        return error_hint(error, "check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL");
    }
    search_warn_of_plain(search, call.url, "what is sent to STS");
    TRY(call_make(search, &call, &answer, error));
    address_show(call.url, &shown);
    return parse_answer(role, &answer, buffer_text(&shown), out, error);
}

/* ---- For the links --------------------------------------------------------------------------- */

enum status credentials_of_role(struct search *search, const struct role *role,
                                struct credentials *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer arn = {0};
    TRY(ask_sts(search, role, out, error));
    buffer_append_str(&arn, role->arn);
    search_say_found(search, role->who, out, buffer_text(&arn));
    return STATUS_OK;
}

enum status credentials_of_web_token(struct search *search, const char *path, const char *setting,
                                     const struct role *role, struct credentials *out,
                                     struct error *error)
{
    CLEANUP(secret_file_release) struct secret_file file = {0};
    struct role with_token = *role;
    if (secret_file_read(path, &file, error) != STATUS_OK)
        return error_wrap(error, "%s", role->who);
    with_token.web_token = str_trim(buffer_str(&file.text));
    if (!with_token.web_token.len) {
        error_set(error, STATUS_DENIED, "%s: %s, which %s names, %s", role->who, path, setting,
                  file.is_there ? "is empty" : "is not there");
        return error_hint(error, "unset %s if it is not meant", setting);
    }
    return credentials_of_role(search, &with_token, out, error);
}
