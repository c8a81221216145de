/* credentials_private: the links of the chain in which credentials are looked for.
 *
 *   credentials.c             the chain; dl.cfg and the environment
 *   credentials_files.c       ~/.aws/credentials and ~/.aws/config
 *   credentials_profile.c     the ways in which a profile gives keys
 *   credentials_role.c        STS: keys of a role, for other keys or for a web identity's token
 *   credentials_sso.c         the token that 'aws sso login' has left, for keys of a role
 *   credentials_process.c     a program that prints keys
 *   credentials_container.c   the address that a container (ECS, EKS) is given
 *   credentials_instance.c    an EC2 instance's metadata
 *   credentials_remote.c      HTTP and JSON for these */
#pragma once

#include "secret.h"

#include <jansson.h>
#include <keys.h>

struct search {
    const struct keys_options *options;
    const struct config *config; /* of the options, or an empty one */
    char *ca_file;               /* to be trusted by calls; NULL: the system's */
    struct buffer said;
};

/* A link finds credentials (out->access_key is set), finds none and says why, or fails. */
typedef enum status credentials_link_fn(struct search *search, struct credentials *out,
                                        struct error *error);
credentials_link_fn credentials_from_environment, credentials_from_web_identity,
    credentials_from_container, credentials_from_instance;

/* Adds a line to the report of what each link found. */
void search_say(struct search *search, const char *format, ...) PRINTF(2, 3);
/* The same for a link that found keys: "LINK: key …WXYZ (where)"; `where` may be NULL. */
void search_say_found(struct search *search, const char *link, const struct credentials *found,
                      const char *where);
/* Whether `cancel` has become true. */
bool search_is_cancelled(const struct search *search);

/* The text, or a null string for NULL. */
static inline struct str credentials_text(const char *text)
{
    return text ? str_of(text) : STR_NULL;
}
/* Whether the text is visible ASCII, as keys and tokens are: other bytes would change the
 * headers that they become part of. */
bool credentials_is_visible(struct str text);

/* The keys of a link; all but `source` is borrowed and copied. An error when they hold bytes that
 * no key has. */
struct key_pair {
    const char *source;
    struct str access_key, secret_key;
    struct str session_token; /* null or empty: none */
    int64_t expires_s;
};
NODISCARD enum status credentials_set(struct credentials *out, const struct key_pair *pair,
                                      struct error *error);

/* ---- Profiles -------------------------------------------------------------------------------- */

/* What is read of a profile: the member, and the name in the files. */
#define PROFILE_SETTINGS(X)                                                                        \
    X(access_key, "aws_access_key_id")                                                             \
    X(secret_key, "aws_secret_access_key")                                                         \
    X(session_token, "aws_session_token")                                                          \
    X(region, "region")                                                                            \
    X(endpoint, "endpoint_url")                                                                    \
    X(ca_file, "ca_bundle")                                                                        \
    X(role_arn, "role_arn")                                                                        \
    X(source_profile, "source_profile")                                                            \
    X(credential_source, "credential_source")                                                      \
    X(web_identity_token_file, "web_identity_token_file")                                          \
    X(role_session_name, "role_session_name")                                                      \
    X(external_id, "external_id")                                                                  \
    X(duration_seconds, "duration_seconds")                                                        \
    X(mfa_serial, "mfa_serial")                                                                    \
    X(credential_process, "credential_process")                                                    \
    X(sso_session, "sso_session")                                                                  \
    X(sso_start_url, "sso_start_url")                                                              \
    X(sso_region, "sso_region")                                                                    \
    X(sso_account_id, "sso_account_id")                                                            \
    X(sso_role_name, "sso_role_name")                                                              \
    X(login_session, "login_session")

/* A profile of the shared files; texts are owned, NULL for settings that it does not have. */
struct profile {
    char *who;            /* "profile x", for messages */
    struct buffer files;  /* "~/.aws/credentials or ~/.aws/config", for messages */
    struct buffer unread; /* which of them cannot be read, and why; empty: none */
    bool is_there;
    bool keys_are_of_config; /* the pair, and not of the file credentials */
#define X(member, name) char *member;
    PROFILE_SETTINGS(X)
#undef X
};
/* Reads the profile from both files. One that does not exist or cannot be read counts as empty;
 * an error for a file that is no text. */
NODISCARD enum status profile_read(const char *name, struct profile *out, struct error *error);
/* The section [sso-session NAME] of the file config, in the same way. */
NODISCARD enum status profile_read_sso_session(const char *name, struct profile *out,
                                               struct error *error);
void profile_release(struct profile *profile);

/* Which profile is used, and what named it. */
struct profile_choice {
    const char *name;
    const char *by; /* the variable, option or file that names it; NULL: none does */
    const char
        *instead; /* the option to drop so that the environment's keys are used; NULL: none */
    bool must_have_keys; /* it was named for this run: an error when it has no keys */
};
/* A link: the keys of a profile, in whichever way it gives them. */
NODISCARD enum status credentials_from_profile(struct search *search,
                                               const struct profile_choice *choice,
                                               struct credentials *out, struct error *error);

/* Appends the name, quoted for a shell. */
void profile_shell_quote(const char *name, struct buffer *out);

/* Keys by SSO, of the role and account that the profile `name` says. */
NODISCARD enum status credentials_from_sso(struct search *search, const char *name,
                                           const struct profile *profile, struct credentials *out,
                                           struct error *error);
/* Keys that a program prints. */
NODISCARD enum status credentials_from_process(struct search *search, const struct profile *profile,
                                               struct credentials *out, struct error *error);

/* ---- Roles ----------------------------------------------------------------------------------- */

/* A role to request of STS; null texts are not sent. */
struct role {
    const char *who;    /* for messages: "web identity", "profile x" */
    const char *source; /* as in struct credentials */
    struct str arn, session_name, external_id, duration_s;
    struct str web_token;           /* of a web identity; null: */
    const struct credentials *keys; /* with which the request is signed */
};
NODISCARD enum status credentials_of_role(struct search *search, const struct role *role,
                                          struct credentials *out, struct error *error);
/* The same with the token that is in a file, which the setting `setting` names. */
NODISCARD enum status credentials_of_web_token(struct search *search, const char *path,
                                               const char *setting, const struct role *role,
                                               struct credentials *out, struct error *error);

/* ---- Calls ----------------------------------------------------------------------------------- */

#define CALL_MAX_HEADERS 4

struct call_answer {
    long status;       /* of HTTP; 0: there was none */
    char problem[256]; /* why there was none */
    bool is_timeout;
    bool is_nobody;    /* there is nothing to connect to */
    bool is_cancelled; /* `cancel` has become true */
    bool is_too_long;
    struct buffer body;
};

/* One request and its answer of at most 64 KiB; redirects are not followed. */
struct call {
    const char *who; /* for messages */
    const char *method;
    const char *url;
    const char *headers[CALL_MAX_HEADERS]; /* "Name: value"; NULL: none */
    struct str body;
    long timeout_ms;
    bool is_local; /* on this machine: never by a proxy, and connected within 1 s */
    /* How long another try may begin after a temporary failure: an answer of 429 or 5xx, a
     * broken connection, or one for which `may_pass` is true. 0: one try. */
    unsigned retry_ms;
    bool (*may_pass)(const struct call_answer *answer); /* may be NULL */
    bool is_nobody_final;                               /* a refused connection is final */
    bool is_timeout_final;
};
/* An error where there is no answer. */
NODISCARD enum status call_make(const struct search *search, const struct call *call,
                                struct call_answer *out, struct error *error);
void call_answer_release(struct call_answer *answer);

/* Notes that `what` is sent to an address without encryption; nothing for one on this machine. */
void search_warn_of_plain(const struct search *search, const char *url, const char *what);

/* A text of a JSON object; null where it has none. */
struct str credentials_json_text(const json_t *object, const char *name);
/* How a JSON object that holds keys names them. */
struct key_names {
    const char *access_key, *secret_key, *session_token, *expiration;
};
/* The keys in the JSON that containers and instances are given. `who` is for messages. */
NODISCARD enum status credentials_from_json(struct str json, const char *source, const char *who,
                                            struct credentials *out, struct error *error);
/* The same of an object by other names; times are a text or a number of milliseconds. */
NODISCARD enum status credentials_from_object(const json_t *object, const struct key_names *names,
                                              const char *source, const char *who,
                                              struct credentials *out, struct error *error);
/* Seconds since 1970 of "2024-05-01T12:00:00Z"; 0 when it is no such time. */
int64_t credentials_time(const char *text);

/* Appends the address that gives a container its keys, by the environment; nothing where none is
 * named. STATUS_DENIED for an address that must not be asked. */
NODISCARD enum status credentials_container_url(struct buffer *out, struct error *error);
