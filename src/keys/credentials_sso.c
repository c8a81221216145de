/* SSO (IAM Identity Center): 'aws sso login' leaves a token in ~/.aws/sso/cache, in a file named
 * by the SHA-1 of the session's name, or, for a profile without a session, of the start URL. The
 * portal gives keys of a role for this token (IAM Identity Center Portal API Reference,
 * "GetRoleCredentials"). */
#include "credentials_private.h"
#include "settings.h"

#include <http.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <sign.h>
#include <time.h>

#define TIMEOUT_MS 10000
#define RETRY_MS   10000
#define SHA1_LEN   20

struct sso {
    const char *name; /* of the profile */
    const struct profile *profile;
    struct profile session;       /* of the section [sso-session X], where one is named */
    const struct profile *portal; /* which of the two has sso_start_url and sso_region */
    struct buffer who;            /* "profile x: SSO" */
    struct secret_file file;
    json_t *cached;
};

static void sso_release(struct sso *sso)
{
    profile_release(&sso->session);
    buffer_release(&sso->who);
    secret_file_release(&sso->file);
    json_decref(sso->cached);
}

static enum status hint_login(const struct sso *sso, const char *command, struct error *error)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    profile_shell_quote(sso->name, &name);
    return error_hint(error,
                      "%s --profile %s (or get keys into the environment, and leave the profile "
                      "out)",
                      command, buffer_text(&name));
}

/* ---- What the profile says ------------------------------------------------------------------- */

static enum status check_settings(const struct sso *sso, struct error *error)
{
    const struct {
        const char *name, *value;
    } needed[] = {{"sso_start_url", sso->portal->sso_start_url},
                  {"sso_region", sso->portal->sso_region},
                  {"sso_account_id", sso->profile->sso_account_id},
                  {"sso_role_name", sso->profile->sso_role_name}};
    for (size_t i = 0; i < ARRAY_LENGTH(needed); i++)
        if (!needed[i].value) {
            error_set(error, STATUS_DENIED, "profile %s gets its keys by SSO, but has no %s",
                      sso->name, needed[i].name);
            return hint_login(sso, "set it up by: aws configure sso", error);
        }
    if (strspn(sso->portal->sso_region, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
        strlen(sso->portal->sso_region))
        return STATUS_OK;
    error_set(error, STATUS_DENIED, "profile %s: its sso_region is not the name of a region",
              sso->name);
    return hint_login(sso, "set it up by: aws configure sso", error);
}

static enum status read_session(struct sso *sso, struct error *error)
{
    const char *name = sso->profile->sso_session;
    if (!name)
        return STATUS_OK;
    TRY(profile_read_sso_session(name, &sso->session, error));
    if (sso->session.is_there)
        return STATUS_OK;
    error_set(error, STATUS_DENIED,
              "profile %s gets its keys by SSO, but there is no section [sso-session %s] in %s",
              sso->name, name, buffer_text(&sso->session.files));
    return hint_login(sso, "set it up by: aws configure sso", error);
}

/* ---- The token ------------------------------------------------------------------------------- */

static void append_sha1(struct str text, struct buffer *out)
{
    unsigned char hash[SHA1_LEN];
    unsigned len = 0;
    if (EVP_Digest(text.data, text.len, hash, &len, EVP_sha1(), NULL) != 1)
        mem_exhausted();
    buffer_append_hex(out, hash, len);
}

static enum status log_in(const struct sso *sso, const char *why, struct error *error)
{
    error_set(error, STATUS_DENIED, "profile %s gets its keys by SSO, and %s", sso->name, why);
    return hint_login(sso, "log in: aws sso login", error);
}

/* Finds the token, borrowed from sso->cached. */
static enum status read_token(struct sso *sso, struct str *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    struct str home = keys_variable("HOME");
    const char *session = sso->profile->sso_session;
    buffer_appendf(&path, "%s/.aws/sso/cache/", home.data ? home.data : "");
    append_sha1(str_of(session ? session : sso->portal->sso_start_url), &path);
    buffer_append_str(&path, STR(".json"));
    if (secret_file_read(buffer_text(&path), &sso->file, error) != STATUS_OK) {
        error_wrap(error, "profile %s gets its keys by SSO", sso->name);
        return hint_login(sso, "log in: aws sso login", error);
    }
    if (!sso->file.is_there)
        return log_in(sso, "no one has logged in", error);
    sso->cached = json_loadb(sso->file.text.data, sso->file.text.len, 0, NULL);
    struct str token = credentials_json_text(sso->cached, "accessToken");
    struct str expires = credentials_json_text(sso->cached, "expiresAt");
    if (!token.len || !credentials_is_visible(token) || !expires.len)
        return log_in(sso, "what the last login has left is no token", error);
    if (credentials_time(expires.data) <= (int64_t)time(NULL))
        return log_in(sso, "the login has run out", error);
    *out = token;
    return STATUS_OK;
}

/* ---- The keys -------------------------------------------------------------------------------- */

static enum status write_url(const struct search *search, struct sso *sso, struct buffer *url,
                             struct error *error)
{
    static const struct keys_service service = {"SSO", "portal.sso"};
    TRY(keys_service_url(search->options, &service, sso->portal->sso_region, buffer_text(&sso->who),
                         url, error));
    buffer_append_str(url, STR("/federation/credentials?role_name="));
    sign_uri_encode(str_of(sso->profile->sso_role_name), false, url);
    buffer_append_str(url, STR("&account_id="));
    sign_uri_encode(str_of(sso->profile->sso_account_id), false, url);
    return STATUS_OK;
}

static enum status refused(const struct sso *sso, const struct call_answer *answer,
                           struct str token, struct error *error)
{
    if (answer->status == 401)
        return log_in(sso, "the login has run out", error);
    json_auto_t *object = json_loadb(answer->body.data, answer->body.len, 0, NULL);
    struct str message = credentials_json_text(object, "message");
    bool is_shown = message.len && !memmem(message.data, message.len, token.data, token.len);
    error_set(error, STATUS_DENIED, "profile %s: SSO answered %ld%s%.*s", sso->name, answer->status,
              is_shown ? ": " : "", is_shown ? (int)message.len : 0, is_shown ? message.data : "");
    return hint_login(sso, "check sso_account_id and sso_role_name, or log in again: aws sso login",
                      error);
}

static enum status parse_answer(struct sso *sso, const struct call_answer *answer,
                                struct credentials *out, struct error *error)
{
    static const struct key_names names = {"accessKeyId", "secretAccessKey", "sessionToken",
                                           "expiration"};
    json_auto_t *object = json_loadb(answer->body.data, answer->body.len, 0, NULL);
    return credentials_from_object(json_object_get(object, "roleCredentials"), &names, "SSO",
                                   buffer_text(&sso->who), out, error);
}

static enum status ask(const struct search *search, struct sso *sso, struct str token,
                       struct credentials *out, struct error *error)
{
    CLEANUP(call_answer_release) struct call_answer answer = {0};
    CLEANUP(secret_buffer_release) struct buffer header = {0};
    CLEANUP(buffer_release) struct buffer url = {0};
    TRY(write_url(search, sso, &url, error));
    buffer_reserve(&header, token.len + 32);
    buffer_appendf(&header, "x-amz-sso_bearer_token: %.*s", STR_ARG(token));
    struct call call = {.who = buffer_text(&sso->who),
                        .method = "GET",
                        .url = buffer_text(&url),
                        .headers = {buffer_text(&header)},
                        .timeout_ms = TIMEOUT_MS,
                        .retry_ms = RETRY_MS};
    search_warn_of_plain(search, call.url, "the token of SSO");
    TRY(call_make(search, &call, &answer, error));
    if (answer.status != 200)
        return refused(sso, &answer, token, error);
    return parse_answer(sso, &answer, out, error);
}

enum status credentials_from_sso(struct search *search, const char *name,
                                 const struct profile *profile, struct credentials *out,
                                 struct error *error)
{
    CLEANUP(sso_release) struct sso sso = {.name = name, .profile = profile};
    sso.portal = profile->sso_session ? &sso.session : profile;
    CLEANUP(buffer_release) struct buffer where = {0};
    struct str token = STR_NULL;
    buffer_appendf(&sso.who, "%s: SSO", profile->who);
    TRY(read_session(&sso, error));
    TRY(check_settings(&sso, error));
    TRY(read_token(&sso, &token, error));
    TRY(ask(search, &sso, token, out, error));
    buffer_appendf(&where, "SSO, role %s of account %s", profile->sso_role_name,
                   profile->sso_account_id);
    search_say_found(search, profile->who, out, buffer_text(&where));
    return STATUS_OK;
}
