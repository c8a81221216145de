/* keys: with which credentials, and how, a service of Amazon's kind is reached: what the user says
 * in options, in a dl.cfg, in the environment, and in the files that Amazon's own tools share.
 * Knows no S3: requests are signed by sign.h for any service. */
#pragma once

#include <base.h>

/* ---- dl.cfg ------------------------------------------------------------------------------ */

enum config_path_style {
    CONFIG_PATH_UNSAID, /* as CONFIG_PATH_AUTO */
    CONFIG_PATH_AUTO,   /* the bucket in the host's name on AWS, in the path elsewhere */
    CONFIG_PATH_ON,
    CONFIG_PATH_OFF,
};

/* The sections of a dl.cfg: for the input alone, for the output alone, for both. */
enum config_section_name { CONFIG_INPUT, CONFIG_OUTPUT, CONFIG_BOTH };
#define CONFIG_SECTIONS 3

/* What a dl.cfg says of how to reach a store. Borrowed from the file; NULL where it says nothing.
 */
struct config {
    const char *path;    /* of the file; NULL: there is none */
    const char *section; /* where its keys are: "AWS" */
    const char *access_key, *secret_key, *session_token;
    const char *profile, *region, *endpoint;
    enum config_path_style path_style;
    bool no_sign_request;
};

/* A dl.cfg: an ini file. The section [AWS] is for both stores, [INPUT] and [OUTPUT] for one of them
 * alone: each with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, PROFILE, REGION,
 * ENDPOINT, PATH_STYLE and NO_SIGN_REQUEST. [S3] has INPUT and BUCKET. Strings are owned, and NULL
 * where it says nothing. */
struct config_file {
    char *path; /* NULL when there is no such file */
    struct config_section {
        char *access_key, *secret_key, *session_token;
        char *profile, *region, *endpoint;
        enum config_path_style path_style;
        enum { CONFIG_UNSAID, CONFIG_YES, CONFIG_NO } no_sign_request;
    } sections[CONFIG_SECTIONS];
    char *input, *bucket;
    bool has_secrets; /* read or not */
};
/* A file that is not there says nothing. What is found in other sections, and a file that others
 * may read, is told to `note`. STATUS_DENIED when the file may not be read, STATUS_FAILED when it
 * is no ini file. */
NODISCARD enum status config_file_read(const char *path, note_fn *note, void *note_ctx,
                                       struct config_file *out, struct error *error);
void config_file_release(struct config_file *file);
/* What it says of one store: CONFIG_INPUT or CONFIG_OUTPUT. Keys, PROFILE and NO_SIGN_REQUEST=yes
 * go together: where a store's own section has one of them, none is read from [AWS]. */
struct config config_of(const struct config_file *file, enum config_section_name name);
/* Whether git keeps versions of the file, by the index of the repository that it is in. Nothing is
 * run. */
bool config_is_tracked(const char *path);

/* ---- Options ----------------------------------------------------------------------------- */

/* What the user says of how to reach a service. All is borrowed; what is NULL is found as the
 * functions below say. */
struct keys_options {
    const char *service;  /* in messages, and in the variable that names its address: "S3" */
    const char *endpoint; /* "https://host:port", or "aws": see keys_endpoint */
    const char *region;   /* see keys_region */
    const char *profile;  /* NULL: dl.cfg, AWS_PROFILE, "default" */
    const char *ca_file;  /* certificates to trust: see keys_ca_file */
    enum config_path_style path_style;
    bool no_sign_request;
    const struct config *config; /* NULL: there is no dl.cfg */
    note_fn *note;               /* may be NULL; on any thread, one at a time for a store */
    void *note_ctx;
    const atomic_bool *cancel; /* ends calls to services once it is true; may be NULL */
};

/* Whether both would find the same keys. */
bool keys_are_same(const struct keys_options *a, const struct keys_options *b);
/* Whether requests are signed. A profile that an option names is for signing. */
bool keys_are_used(const struct keys_options *options);
/* The region: of the options, dl.cfg, AWS_REGION, AWS_DEFAULT_REGION, the profile; us-east-1 where
 * nobody names one. Owned by the caller. */
char *keys_region(const struct keys_options *options);
/* The address of a service other than AWS: of the options, dl.cfg, AWS_ENDPOINT_URL_SERVICE,
 * AWS_ENDPOINT_URL, the profile; owned by the caller. NULL where nobody names one, or "aws".
 * *out_is_of_config: only dl.cfg names it. */
char *keys_endpoint(const struct keys_options *options, bool *out_is_of_config);
/* Of the options, else of dl.cfg. */
enum config_path_style keys_path_style(const struct keys_options *options);
/* The certificates to trust: of the options, AWS_CA_BUNDLE, the profile, http_system_ca_file; owned
 * by the caller, or NULL: libcurl's own place. */
char *keys_ca_file(const struct keys_options *options);

/* ---- Credentials ------------------------------------------------------------------------- */

/* A key pair; the strings are owned. Never printed: messages name the source and the key id's last
 * four characters. */
struct credentials {
    char *access_key, *secret_key;
    char *session_token; /* NULL where there is none */
    int64_t expires_s;   /* seconds since 1970; 0: never */
    const char *source;  /* "dl.cfg", "the environment", …: static text */
};
struct credentials credentials_copy(const struct credentials *credentials);
/* Wipes and frees the strings. */
void credentials_release(struct credentials *credentials);

/* Asks each link of the chain in turn: the profile that an option names, dl.cfg, the environment,
 * the shared files' profile, web identity, the container's address, the instance's metadata (v2;
 * last, 1 s). What each link said goes to `said` (a line each, no secrets), which may be NULL.
 * STATUS_DENIED when no link has any: the message says what was asked. An error of a link that is
 * set up but fails (a profile that is not there, a token that STS refuses) ends the chain and names
 * it. */
NODISCARD enum status credentials_find(const struct keys_options *options, struct credentials *out,
                                       struct buffer *said, struct error *error);
/* The same to see where they come from: the keys are thrown away, and STATUS_OK where none are
 * used. */
NODISCARD enum status keys_explain(const struct keys_options *options, struct buffer *said,
                                   struct error *error);
