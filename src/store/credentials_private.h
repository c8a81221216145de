/* credentials_private: the links of the chain in which credentials are looked for.
 *
 *   credentials.c             the chain; dl.cfg and the environment
 *   credentials_files.c       ~/.aws/credentials and ~/.aws/config
 *   credentials_web.c         web identity: a token that STS takes for keys
 *   credentials_container.c   the address that a container (ECS, EKS) is given
 *   credentials_instance.c    an EC2 instance's metadata
 *   credentials_remote.c      HTTP and JSON for the last three */
#ifndef SPARKIFY_STORE_CREDENTIALS_PRIVATE_H
#define SPARKIFY_STORE_CREDENTIALS_PRIVATE_H

#include "credentials.h"
#include "secret.h"

struct search {
    const struct store_config *config; /* never NULL */
    const char *profile;               /* that the caller named, or NULL */
    struct buffer said;
};

/* A link finds credentials (out->access_key is set), finds none and says why, or fails. */
typedef enum status link_fn(struct search *search, struct credentials *out, struct error *error);
link_fn credentials_from_web_identity, credentials_from_container, credentials_from_instance;

/* Adds what a link says to the rest, as a line. */
void search_say(struct search *search, const char *format, ...) PRINTF(2, 3);
/* The same for a link that found some: "LINK: key …WXYZ", and in brackets where, if not NULL. */
void search_say_found(struct search *search, const char *link, const struct credentials *found,
                      const char *where);
/* The region for a service other than S3; owned. */
char *search_region(const struct search *search);

/* A variable, terminated; null when it is not set or empty. */
struct str env_text(const char *name);
/* Without the blanks at either end: what comes out of a file often ends in a newline. */
struct str without_blanks(struct str text);

/* The keys of a link; all but `source` is borrowed and copied. An error when they hold bytes that
 * no key has, which would otherwise go into headers. */
struct key_pair {
    const char *source;
    struct str access_key, secret_key;
    struct str session_token; /* null or empty: none */
    int64_t expires_s;
};
NODISCARD enum status credentials_set(struct credentials *out, const struct key_pair *pair,
                                      struct error *error);

/* ---- Profiles -------------------------------------------------------------------------------- */

/* What the shared files say of a profile; texts are owned, NULL where they say nothing. */
struct profile {
    struct buffer files; /* "~/.aws/credentials or ~/.aws/config", for messages */
    bool is_there;
    char *access_key, *secret_key, *session_token;
    char *region, *endpoint;
    const char *unread; /* a setting that would give keys in a way that we do not know */
};
NODISCARD enum status profile_read(const char *name, struct profile *out, struct error *error);
void profile_release(struct profile *profile);

/* ---- Calls ----------------------------------------------------------------------------------- */

/* One request and its answer of at most 64 KiB; redirects are not followed. */
struct call {
    const char *method;
    const char *url;
    const char *headers[2]; /* "Name: value"; NULL: none */
    struct str body;
    long timeout_ms;
    bool is_local; /* on this machine: never by a proxy, and connected within 1 s */
};
struct call_answer {
    long status;       /* 0: there was none */
    char problem[256]; /* why there was none */
    bool is_timeout;
    bool is_nobody; /* there is nothing to connect to */
    struct buffer body;
};
void call_make(const struct call *call, struct call_answer *out);
void call_answer_release(struct call_answer *answer);

/* The keys in the JSON that containers and instances are given. `who` is for messages. */
NODISCARD enum status credentials_from_json(struct str json, const char *source, const char *who,
                                            struct credentials *out, struct error *error);
/* Seconds since 1970 of "2024-05-01T12:00:00Z"; 0 when it is no such time. */
int64_t credentials_time(const char *text);

/* Where the container's keys are, by its environment; empty: it has no such thing. An error when
 * the address is one that must not be asked. */
NODISCARD enum status container_url(struct buffer *out, struct error *error);

#endif
