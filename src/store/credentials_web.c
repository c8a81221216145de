/* Web identity: a file holds a token of another party that Amazon trusts, and STS takes it for keys
 * of a role (AWS STS API Reference, "AssumeRoleWithWebIdentity"). So it is done for pods of EKS and
 * by GitHub's actions. The request is not signed: the token is what proves who asks. */
#include "credentials_private.h"
#include "s3.h" /* its XML */

#define TIMEOUT_MS 10000
#define SOURCE     "web identity"

/* What STS answered: keys, or an error. */
struct answer {
    struct buffer access_key, secret_key, session_token, expiration;
    struct buffer code, message;
};

static void answer_release(struct answer *answer)
{
    secret_buffer_release(&answer->access_key);
    secret_buffer_release(&answer->secret_key);
    secret_buffer_release(&answer->session_token);
    buffer_release(&answer->expiration);
    buffer_release(&answer->code);
    buffer_release(&answer->message);
}

static void take_element(void *ctx, const char *parent, const char *name, struct str text)
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
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (strcmp(parent, elements[i].parent) == 0 && strcmp(name, elements[i].name) == 0) {
            buffer_reset(elements[i].out);
            buffer_append_str(elements[i].out, text);
        }
}

static void write_url(const struct search *search, struct buffer *url)
{
    struct str given = env_text("AWS_ENDPOINT_URL_STS");
    if (given.data) {
        buffer_append_str(url, given);
        if (!str_ends_with(given, STR("/")))
            buffer_append_char(url, '/');
        return;
    }
    char *region = search_region(search);
    buffer_append_str(url, STR("https://sts."));
    uri_encode(str_of(region), false, url);
    buffer_appendf(url, ".amazonaws.com%s/",
                   str_starts_with(str_of(region), STR("cn-")) ? ".cn" : "");
    mem_free(region);
}

static void write_form(struct str token, struct buffer *form)
{
    struct str name = env_text("AWS_ROLE_SESSION_NAME");
    buffer_reserve(form, 3 * token.len + 4096); /* in one piece: it holds the token */
    buffer_append_str(form, STR("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn="));
    uri_encode(env_text("AWS_ROLE_ARN"), false, form);
    buffer_append_str(form, STR("&RoleSessionName="));
    uri_encode(name.data ? name : STR("sparkify"), false, form);
    buffer_append_str(form, STR("&WebIdentityToken="));
    uri_encode(token, false, form);
}

/* STS in its own words, unless they repeat the token. */
static enum status refused(struct answer *answer, struct str token, const char *url,
                           struct error *error)
{
    const char *code = buffer_text(&answer->code), *message = buffer_text(&answer->message);
    bool repeats = memmem(message, strlen(message), token.data, token.len) ||
                   memmem(code, strlen(code), token.data, token.len);
    if (repeats)
        error_set(error, STATUS_DENIED, SOURCE ": %s refuses the token", url);
    else
        error_set(error, STATUS_DENIED, SOURCE ": %s refuses the token: %.100s: %.600s", url, code,
                  message);
    return error_hint(error, "check AWS_ROLE_ARN, the role's trust policy, and that the token in "
                             "AWS_WEB_IDENTITY_TOKEN_FILE has not run out");
}

static enum status take_answer(struct call_answer *answer, struct str token, const char *url,
                               struct credentials *out, struct error *error)
{
    CLEANUP(answer_release) struct answer said = {0};
    bool is_xml = s3_xml_read(buffer_str(&answer->body), NULL, take_element, &said);
    if (is_xml && said.code.len)
        return refused(&said, token, url, error);
    if (answer->status != 200 || !is_xml || !said.access_key.len || !said.secret_key.len) {
        error_set(error, STATUS_DENIED, SOURCE ": %s answered %ld, and not as STS does", url,
                  answer->status);
        return error_hint(error, "check AWS_ENDPOINT_URL_STS and the region");
    }
    struct key_pair pair = {SOURCE, buffer_str(&said.access_key), buffer_str(&said.secret_key),
                            buffer_str(&said.session_token),
                            credentials_time(buffer_text(&said.expiration))};
    return credentials_set(out, &pair, error);
}

static enum status ask_sts(const struct search *search, struct str token, struct credentials *out,
                           struct error *error)
{
    CLEANUP(buffer_release) struct buffer url = {0};
    CLEANUP(secret_buffer_release) struct buffer form = {0};
    CLEANUP(call_answer_release) struct call_answer answer = {0};
    write_url(search, &url);
    write_form(token, &form);
    struct call call = {.method = "POST",
                        .url = buffer_text(&url),
                        .body = buffer_str(&form),
                        .timeout_ms = TIMEOUT_MS};
    call_make(&call, &answer);
    if (answer.status == 0)
        return error_set(error, STATUS_UNREACHABLE, SOURCE ": no answer from %s: %s", call.url,
                         answer.problem);
    return take_answer(&answer, token, call.url, out, error);
}

enum status credentials_from_web_identity(struct search *search, struct credentials *out,
                                          struct error *error)
{
    CLEANUP(secret_file_release) struct secret_file file = {0};
    struct str path = env_text("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (!path.data) {
        search_say(search, SOURCE ": AWS_WEB_IDENTITY_TOKEN_FILE is not set");
        return STATUS_OK;
    }
    if (!env_text("AWS_ROLE_ARN").data) {
        error_set(error, STATUS_DENIED,
                  SOURCE ": AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
        return error_hint(error, "set both, or neither");
    }
    if (secret_file_read(path.data, &file, error) != STATUS_OK)
        return error_wrap(error, SOURCE);
    struct str token = without_blanks(buffer_str(&file.text));
    if (!token.len) {
        error_set(error, STATUS_DENIED, SOURCE ": %s, which AWS_WEB_IDENTITY_TOKEN_FILE names, %s",
                  path.data, file.is_there ? "is empty" : "is not there");
        return error_hint(error, "unset AWS_WEB_IDENTITY_TOKEN_FILE if it is not meant");
    }
    TRY(ask_sts(search, token, out, error));
    search_say_found(search, SOURCE, out, env_text("AWS_ROLE_ARN").data);
    return STATUS_OK;
}
