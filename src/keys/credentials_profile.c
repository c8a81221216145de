/* The ways in which a profile gives keys, in the order of the AWS CLI: a role, by a web identity's
 * token or by other keys; SSO; keys in the file credentials; a program; keys in the file config.
 * So a profile with a role or SSO never signs with the plain keys that it may have, too.
 *
 * The keys with which a role is requested are those of source_profile, which may have a role
 * itself. A profile may be its own source: then its plain keys are used. */
#include "credentials_private.h"

#define MOST_ROLES 8

/* A chain of profiles: from the one that was chosen to the source of its role, the source of
 * that one's, and so on. */
struct link {
    const char *name;
    const struct profile_choice *choice; /* of the first */
    const struct link *for_whom;         /* NULL: the first */
    unsigned depth;
};

static enum status keys_of_link(struct search *search, const struct link *link,
                                struct credentials *out, struct error *error);

void profile_shell_quote(const char *name, struct buffer *out)
{
    if (*name && str_consists_of(str_of(name), ASCII_LETTERS ASCII_DIGITS "_-+./@%:,=")) {
        buffer_append_str(out, str_of(name));
        return;
    }
    buffer_append_char(out, '\'');
    for (; *name; name++)
        buffer_append_str(out, *name == '\'' ? STR("'\\''") : (struct str){name, 1});
    buffer_append_char(out, '\'');
}

/* ---- What is wrong --------------------------------------------------------------------------- */

/* Says how to use the environment's keys, where there are some, instead of the profile that was
 * named. */
static enum status hint_environment(const struct link *link, struct error *error)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    while (link->for_whom)
        link = link->for_whom;
    profile_shell_quote(link->name, &name);
    const char *instead = link->choice->instead;
    return error_hint(error,
                      "get keys into the environment: eval \"$(aws configure export-credentials "
                      "--profile %s --format env)\"%s%s%s",
                      buffer_text(&name), instead ? ", and leave " : "", instead ? instead : "",
                      instead ? " out then" : "");
}

static enum status profile_is_nowhere(struct search *search, const struct link *link,
                                      struct profile *profile, struct error *error)
{
    CLEANUP(buffer_release) struct buffer where = {0};
    buffer_append_str(&where, buffer_str(&profile->files));
    if (profile->unread.len)
        buffer_appendf(&where, " (%s)", buffer_text(&profile->unread));
    if (link->for_whom)
        error_set(error, STATUS_DENIED, "profile %s (source_profile of %s) is not in %s",
                  link->name, link->for_whom->name, buffer_text(&where));
    else if (link->choice->by)
        error_set(error, STATUS_DENIED, "profile %s (named by %s) is not in %s", link->name,
                  link->choice->by, buffer_text(&where));
    else {
        search_say(search, "profile %s: not in %s", link->name, buffer_text(&where));
        return STATUS_OK;
    }
    return error_hint(error, "check the profile's name: 'aws configure list-profiles' lists them");
}

static enum status half_a_pair(const struct link *link, struct profile *profile,
                               struct error *error)
{
    error_set(error, STATUS_DENIED, "profile %s has %s, but %s is missing", link->name,
              profile->access_key ? "aws_access_key_id" : "aws_secret_access_key",
              profile->access_key ? "aws_secret_access_key" : "aws_access_key_id");
    return error_hint(error, "it must stand in the same file: %s", buffer_text(&profile->files));
}

static enum status no_keys(struct search *search, const struct link *link, struct profile *profile,
                           struct error *error)
{
    if (link->for_whom)
        error_set(error, STATUS_DENIED, "profile %s (source_profile of %s) has no keys", link->name,
                  link->for_whom->name);
    else if (link->choice->must_have_keys)
        error_set(error, STATUS_DENIED, "profile %s (named by %s) has no keys", link->name,
                  link->choice->by);
    else {
        search_say(search, "profile %s: no keys in it", link->name);
        return STATUS_OK;
    }
    return error_hint(error, "add aws_access_key_id and aws_secret_access_key to it in %s",
                      buffer_text(&profile->files));
}

/* ---- Roles ----------------------------------------------------------------------------------- */

static struct role role_of(const struct profile *profile)
{
    return (struct role){
        .who = profile->who,
        .source = "a role of ~/.aws",
        .arn = credentials_text(profile->role_arn),
        .session_name = credentials_text(profile->role_session_name),
        .external_id = credentials_text(profile->external_id),
        .duration_s = credentials_text(profile->duration_seconds),
    };
}

static enum status keys_of_web_identity(struct search *search, const struct profile *profile,
                                        struct credentials *out, struct error *error)
{
    struct role role = role_of(profile);
    role.external_id = STR_NULL; /* AssumeRoleWithWebIdentity has no such field */
    return credentials_of_web_token(search, profile->web_identity_token_file,
                                    "web_identity_token_file", &role, out, error);
}

static enum status keys_of_credential_source(struct search *search, const struct link *link,
                                             const char *source, struct credentials *out,
                                             struct error *error)
{
    static const struct {
        const char *name;
        credentials_link_fn *ask;
    } sources[] = {{"Environment", credentials_from_environment},
                   {"EcsContainer", credentials_from_container},
                   {"Ec2InstanceMetadata", credentials_from_instance}};
    for (size_t i = 0; i < ARRAY_LENGTH(sources); i++)
        if (strcmp(source, sources[i].name) == 0) {
            TRY(sources[i].ask(search, out, error));
            if (out->access_key)
                return STATUS_OK;
            error_set(error, STATUS_DENIED, "profile %s: its credential_source, %s, has no keys",
                      link->name, source);
            return hint_environment(link, error);
        }
    error_set(error, STATUS_DENIED, "profile %s: there is no credential_source %.64s", link->name,
              source);
    return error_hint(error, "there are Environment, Ec2InstanceMetadata and EcsContainer");
}

static bool is_in(const struct link *link, const char *name)
{
    for (; link; link = link->for_whom)
        if (strcmp(link->name, name) == 0)
            return true;
    return false;
}

/* A profile that is its own source must have keys; any other profile that leads back to itself
 * would be a loop without an end. */
static enum status keys_of_source(struct search *search, const struct link *link,
                                  const struct profile *profile, struct credentials *out,
                                  struct error *error)
{
    const char *name = profile->source_profile;
    bool is_own = strcmp(name, link->name) == 0 && profile->access_key && profile->secret_key;
    if ((is_in(link, name) && !is_own) || link->depth >= MOST_ROLES) {
        error_set(error, STATUS_DENIED,
                  "profile %s: its source_profile, %s, leads back to itself, or through more than "
                  "%d roles",
                  link->name, name, MOST_ROLES);
        return error_hint(error, "the last source_profile must be one with keys");
    }
    struct link next = {name, NULL, link, link->depth + 1};
    return keys_of_link(search, &next, out, error);
}

static enum status check_role(const struct link *link, const struct profile *profile,
                              struct error *error)
{
    bool has_both = profile->source_profile && profile->credential_source;
    if (profile->mfa_serial) {
        error_set(
            error, STATUS_DENIED,
            "profile %s requires a code of an MFA device (mfa_serial), which sparkify does not "
            "ask for",
            link->name);
        return hint_environment(link, error);
    }
    if (!has_both && (profile->source_profile || profile->credential_source))
        return STATUS_OK;
    error_set(error, STATUS_DENIED,
              "profile %s has role_arn, %s source_profile %s "
              "credential_source",
              link->name, has_both ? "and both" : "but neither", has_both ? "and" : "nor");
    return error_hint(error, "one of them says whose keys ask for the role");
}

static enum status keys_of_role(struct search *search, const struct link *link,
                                const struct profile *profile, struct credentials *out,
                                struct error *error)
{
    CLEANUP(credentials_release) struct credentials keys = {0};
    TRY(check_role(link, profile, error));
    if (profile->credential_source)
        TRY(keys_of_credential_source(search, link, profile->credential_source, &keys, error));
    else
        TRY(keys_of_source(search, link, profile, &keys, error));
    struct role role = role_of(profile);
    role.keys = &keys;
    return credentials_of_role(search, &role, out, error);
}

/* ---- The ways -------------------------------------------------------------------------------- */

static enum status keys_in_file(struct search *search, const struct profile *profile,
                                struct credentials *out, struct error *error)
{
    struct key_pair pair = {"a profile of ~/.aws", str_of(profile->access_key),
                            str_of(profile->secret_key), credentials_text(profile->session_token),
                            0};
    TRY(credentials_set(out, &pair, error));
    search_say_found(search, profile->who, out, NULL);
    return STATUS_OK;
}

static enum status login_session(const struct link *link, struct error *error)
{
    error_set(error, STATUS_DENIED,
              "profile %s gets its keys by login_session, which sparkify cannot do itself",
              link->name);
    return hint_environment(link, error);
}

static bool wants_sso(const struct profile *profile)
{
    return profile->sso_session || profile->sso_start_url || profile->sso_account_id ||
           profile->sso_role_name;
}

static enum status keys_of_profile(struct search *search, const struct link *link,
                                   struct profile *profile, struct credentials *out,
                                   struct error *error)
{
    bool has_pair = profile->access_key && profile->secret_key;
    if (profile->role_arn && profile->web_identity_token_file)
        return keys_of_web_identity(search, profile, out, error);
    if (profile->role_arn && !(link->for_whom && has_pair))
        return keys_of_role(search, link, profile, out, error);
    if (wants_sso(profile))
        return credentials_from_sso(search, link->name, profile, out, error);
    if (has_pair && !profile->keys_are_of_config)
        return keys_in_file(search, profile, out, error);
    if (profile->login_session)
        return login_session(link, error);
    if (profile->credential_process)
        return credentials_from_process(search, profile, out, error);
    if (has_pair)
        return keys_in_file(search, profile, out, error);
    if (profile->access_key || profile->secret_key)
        return half_a_pair(link, profile, error);
    return no_keys(search, link, profile, error);
}

static enum status keys_of_link(struct search *search, const struct link *link,
                                struct credentials *out, struct error *error)
{
    CLEANUP(profile_release) struct profile profile = {0};
    TRY(profile_read(link->name, &profile, error));
    if (!profile.is_there)
        return profile_is_nowhere(search, link, &profile, error);
    return keys_of_profile(search, link, &profile, out, error);
}

enum status credentials_from_profile(struct search *search, const struct profile_choice *choice,
                                     struct credentials *out, struct error *error)
{
    struct link link = {choice->name, choice, NULL, 0};
    return keys_of_link(search, &link, out, error);
}
