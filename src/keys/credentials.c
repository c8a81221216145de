/* The chain of sources of credentials, the most explicit first: a profile that an option names,
 * dl.cfg's keys, dl.cfg's profile; then the environment; then the machine. Each link reports in a
 * line what it found, so that a user can see why the keys in use were chosen. */
#include "credentials_private.h"
#include "settings.h"

#define HOW_TO_GIVE                                                                                \
    "put AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY into section [AWS] of dl.cfg (see "           \
    "dl.cfg.example), or set them in the environment; for a public bucket use --no-sign-request"

struct credentials credentials_copy(const struct credentials *credentials)
{
    struct credentials copy = *credentials;
    copy.access_key = text_dup(credentials->access_key);
    copy.secret_key = text_dup(credentials->secret_key);
    copy.session_token = text_dup(credentials->session_token);
    return copy;
}

void credentials_release(struct credentials *credentials)
{
    secret_free(credentials->access_key);
    secret_free(credentials->secret_key);
    secret_free(credentials->session_token);
    *credentials = (struct credentials){0};
}

void search_say(struct search *search, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    buffer_append_str(&search->said, str_of(line));
    buffer_append_char(&search->said, '\n');
}

bool search_is_cancelled(const struct search *search)
{
    return search->options->cancel && atomic_load(search->options->cancel);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static size_t visible_prefix(struct str text)
{
    size_t len = 0;
    while (len < text.len && text.data[len] > ' ' && text.data[len] <= '~')
        len++;
    return len;
}

bool credentials_is_visible(struct str text)
{
    return visible_prefix(text) == text.len;
}

static enum status check_bytes(struct str text, const char *what, const char *source,
                               struct error *error)
{
    size_t visible = visible_prefix(text);
    if (visible == text.len)
        return STATUS_OK;
    error_set(error, STATUS_DENIED,
              "the %s of %s holds a character that no key has (at position %zu)", what, source,
              visible + 1);
    return error_hint(error, "copy it again: a blank, a line end or a typographic quote may have "
                             "come along");
}

enum status credentials_set(struct credentials *out, const struct key_pair *pair,
                            struct error *error)
{
    TRY(check_bytes(pair->access_key, "access key", pair->source, error));
    TRY(check_bytes(pair->secret_key, "secret key", pair->source, error));
    TRY(check_bytes(pair->session_token, "session token", pair->source, error));
    *out = (struct credentials){
        .access_key = str_dup(pair->access_key),
        .secret_key = str_dup(pair->secret_key),
        .session_token = pair->session_token.len ? str_dup(pair->session_token) : NULL,
        .expires_s = pair->expires_s,
        .source = pair->source,
    };
    return STATUS_OK;
}

/* The id's last four characters, which do not give away a short one. */
static const char *tail_of(const char *access_key)
{
    size_t len = strlen(access_key), shown = len >= 8 ? 4 : len / 2;
    return access_key + len - shown;
}

void search_say_found(struct search *search, const char *link, const struct credentials *found,
                      const char *where)
{
    search_say(search, "%s: key …%s%s%.300s%s", link, tail_of(found->access_key), where ? " (" : "",
               where ? where : "", where ? ")" : "");
}

/* ---- dl.cfg and the environment -------------------------------------------------------------- */

static void say_no_pair(struct search *search, const char *file)
{
    const struct config *config = search->config;
    const char *section = config->section ? config->section : "AWS";
    if (!config->path)
        search_say(search, "%s: no file", file);
    else if (!config->access_key && !config->secret_key)
        search_say(search, "%s: no keys in [%s]", file, section);
    else
        search_say(search, "%s: %s is missing in [%s]", file,
                   config->access_key ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID", section);
}

static enum status from_dl_cfg(struct search *search, struct credentials *out, struct error *error)
{
    const struct config *config = search->config;
    const char *file = config->path ? config->path : "dl.cfg";
    bool is_of_one = config->section && strcmp(config->section, "AWS") != 0;
    if (!config->access_key || !config->secret_key) {
        say_no_pair(search, file);
        return STATUS_OK;
    }
    struct key_pair pair = {"dl.cfg", str_of(config->access_key), str_of(config->secret_key),
                            credentials_text(config->session_token), 0};
    TRY(credentials_set(out, &pair, error));
    search_say_found(search, file, out, is_of_one ? config->section : NULL);
    return STATUS_OK;
}

enum status credentials_from_environment(struct search *search, struct credentials *out,
                                         struct error *error)
{
    struct key_pair pair = {"the environment", str_trim(keys_variable("AWS_ACCESS_KEY_ID")),
                            str_trim(keys_variable("AWS_SECRET_ACCESS_KEY")),
                            str_trim(keys_variable("AWS_SESSION_TOKEN")), 0};
    if (!pair.access_key.len && !pair.secret_key.len) {
        search_say(search, "environment: AWS_ACCESS_KEY_ID is not set");
        return STATUS_OK;
    }
    if (!pair.access_key.len || !pair.secret_key.len) {
        const char *missing = pair.access_key.len ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID";
        const char *given = pair.access_key.len ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY";
        error_set(error, STATUS_DENIED, "environment: %s is set, but %s is not", given, missing);
        return error_hint(error, "set both, or neither");
    }
    TRY(credentials_set(out, &pair, error));
    search_say_found(search, "environment", out, NULL);
    return STATUS_OK;
}

/* Web identity, as pods of EKS and GitHub's actions have it: a file with a token of an identity
 * provider, and the role that STS gives for it. */
enum status credentials_from_web_identity(struct search *search, struct credentials *out,
                                          struct error *error)
{
    struct str path = keys_variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    struct role role = {
        .who = "web identity",
        .source = "web identity",
        .arn = keys_variable("AWS_ROLE_ARN"),
        .session_name = keys_variable("AWS_ROLE_SESSION_NAME"),
    };
    if (!path.data) {
        search_say(search, "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
        return STATUS_OK;
    }
    if (!role.arn.data) {
        error_set(error, STATUS_DENIED,
                  "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
        return error_hint(error, "set both, or neither");
    }
    return credentials_of_web_token(search, path.data, "AWS_WEB_IDENTITY_TOKEN_FILE", &role, out,
                                    error);
}

/* ---- Profiles -------------------------------------------------------------------------------- */

static enum status from_named_profile(struct search *search, struct credentials *out,
                                      struct error *error)
{
    struct profile_choice choice = {search->options->profile, "--profile", "--profile", true};
    return choice.name ? credentials_from_profile(search, &choice, out, error) : STATUS_OK;
}

static enum status from_dl_cfg_profile(struct search *search, struct credentials *out,
                                       struct error *error)
{
    struct profile_choice choice = {search->config->profile, "dl.cfg", "PROFILE in dl.cfg", true};
    return choice.name ? credentials_from_profile(search, &choice, out, error) : STATUS_OK;
}

static enum status from_usual_profile(struct search *search, struct credentials *out,
                                      struct error *error)
{
    struct keys_profile usual = keys_usual_profile();
    struct profile_choice choice = {usual.name, usual.by, NULL, false};
    return credentials_from_profile(search, &choice, out, error);
}

/* ---- The chain ------------------------------------------------------------------------------- */

static enum status ask_links(struct search *search, struct credentials *out, struct error *error)
{
    static credentials_link_fn *const links[] = {
        from_named_profile,         from_dl_cfg,
        from_dl_cfg_profile,        credentials_from_environment,
        from_usual_profile,         credentials_from_web_identity,
        credentials_from_container, credentials_from_instance,
    };
    for (size_t i = 0; i < ARRAY_LENGTH(links) && !out->access_key; i++)
        if (links[i](search, out, error) != STATUS_OK) {
            search_say(search, "%s", error->message);
            return error_wrap(error, "cannot get credentials for %s", search->options->service);
        }
    return STATUS_OK;
}

static enum status nobody_has_any(const struct search *search, struct error *error)
{
    CLEANUP(buffer_release) struct buffer said = {0};
    for (size_t i = 0; i + 1 < search->said.len; i++) {
        char c = search->said.data[i];
        buffer_append_str(&said, c == '\n' ? STR("; ") : (struct str){&c, 1});
    }
    error_set(error, STATUS_DENIED, "there are no credentials for %s (%s)",
              search->options->service, buffer_text(&said));
    return error_hint(error, HOW_TO_GIVE);
}

enum status credentials_find(const struct keys_options *options, struct credentials *out,
                             struct buffer *said, struct error *error)
{
    static const struct config nothing = {0};
    struct search search = {
        .options = options,
        .config = options->config ? options->config : &nothing,
        .ca_file = keys_ca_file(options),
    };
    struct credentials found = {0};
    enum status status = ask_links(&search, &found, error);
    if (status == STATUS_OK && !found.access_key)
        status = nobody_has_any(&search, error);
    if (said)
        buffer_append_str(said, buffer_str(&search.said));
    buffer_release(&search.said);
    mem_free(search.ca_file);
    if (status == STATUS_OK)
        *out = found;
    else
        credentials_release(&found);
    return status;
}

enum status keys_explain(const struct keys_options *options, struct buffer *said,
                         struct error *error)
{
    struct credentials found = {0};
    if (!keys_are_used(options)) {
        buffer_append_str(said, STR("none are used: requests are not signed\n"));
        return STATUS_OK;
    }
    enum status status = credentials_find(options, &found, said, error);
    credentials_release(&found);
    return status;
}
