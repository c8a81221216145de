/* A home folder of its own and an environment that says nothing, for tests of credentials. Every
 * secret of these tests has "HIDDEN" in it, and no message may. */
#ifndef SPARKIFY_TEST_HOME_H
#define SPARKIFY_TEST_HOME_H

#include "credentials_private.h"
#include "http_server.h"
#include "scratch_folder.h"

#include <sys/stat.h>

static const char *const home_variables[] = {
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
};

/* A home folder of its own, and an environment that says nothing. */
struct home {
    char path[256];
};

static inline void home_open(struct home *home)
{
    char aws[300];
    scratch_folder(home->path);
    snprintf(aws, sizeof aws, "%s/.aws", home->path);
    assert_int_equal(mkdir(aws, 0700), 0);
    for (size_t i = 0; i < COUNT(home_variables); i++)
        unsetenv(home_variables[i]);
    setenv("HOME", home->path, 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
}

static inline void home_release(struct home *home)
{
    scratch_folder_release(home->path);
}

static inline void home_write(const struct home *home, const char *name, const char *text)
{
    char path[320];
    snprintf(path, sizeof path, "%s/%s", home->path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* "NAME=value"; an initial '~' of the value is the home folder, '@' the server. */
static inline void set_variable(const struct home *home, const struct server *server,
                                const char *text)
{
    const char *value = strchr(text, '=') + 1;
    CLEANUP(buffer_release) struct buffer name = {0}, whole = {0};
    buffer_append(&name, text, (size_t)(value - text) - 1);
    if (*value == '~')
        buffer_append_str(&whole, str_of(home->path));
    if (*value == '@')
        buffer_append_str(&whole, str_of(server->url));
    buffer_append_str(&whole, str_of(value + (*value == '~' || *value == '@')));
    setenv(buffer_text(&name), buffer_text(&whole), 1);
}

#define MAX_VARIABLES 6

/* Not inlined: unrolled, gcc 12 with TSan takes the end of the texts for an empty one. */
__attribute__((noinline, unused)) static void
set_variables(const struct home *home, const struct server *server, const char *const *texts)
{
    for (size_t i = 0; i < MAX_VARIABLES && texts[i]; i++)
        set_variable(home, server, texts[i]);
}

/* What is to come of credentials_find. */
struct outcome {
    const char *key;    /* the access key; NULL: an error */
    const char *said;   /* a part of what was said; of the error when there is one */
    const char *source; /* or of the hint */
};

static inline void assert_part(size_t row, const char *text, const char *part)
{
    if (part && !strstr(text, part))
        fail_msg("row %zu: \"%s\" lacks \"%s\"", row, text, part);
}

static inline void assert_no_secret(size_t row, const char *text)
{
    if (strstr(text, "HIDDEN"))
        fail_msg("row %zu: \"%s\" holds a secret", row, text);
}

static inline void check(size_t row, const struct config *config, const char *profile,
                         const struct outcome *expected, struct credentials *found)
{
    CLEANUP(buffer_release) struct buffer said = {0};
    struct error error = {0};
    struct keys_options options = {.service = "S3", .config = config, .profile = profile};
    enum status status = credentials_find(&options, found, &said, &error);
    assert_no_secret(row, buffer_text(&said));
    assert_no_secret(row, error.message);
    assert_no_secret(row, error.hint);
    if (expected->key) {
        if (status != STATUS_OK)
            fail_msg("row %zu: %s", row, error.message);
        assert_string_equal(found->access_key, expected->key);
        assert_part(row, buffer_text(&said), expected->said);
        if (expected->source)
            assert_string_equal(found->source, expected->source);
    } else {
        assert_true(status == STATUS_DENIED || status == STATUS_UNREACHABLE);
        assert_null(found->access_key);
        assert_part(row, error.message, expected->said);
        assert_part(row, error_hint_text(&error), expected->source);
    }
}

/* A link of the chain against a server. */
struct server_case {
    struct server_rule rules[6]; /* the last is empty */
    const char *variables[MAX_VARIABLES];
    struct outcome outcome;
    const char *log[3]; /* parts of what the server was asked */
    unsigned requests;
    int64_t expires_s;
};

static inline void check_server(size_t row, const struct server_case *expected)
{
    CLEANUP(home_release) struct home home = {0};
    CLEANUP(server_release) struct server server = {0};
    CLEANUP(credentials_release) struct credentials found = {0};
    home_open(&home);
    home_write(&home, "token", "HIDDEN.web&token=\n");
    home_write(&home, "empty", " \n");
    server_start(&server, expected->rules);
    set_variables(&home, &server, expected->variables);
    check(row, NULL, NULL, &expected->outcome, &found);
    server_stop(&server);
    for (size_t i = 0; i < COUNT(expected->log); i++)
        assert_part(row, buffer_text(&server.log), expected->log[i]);
    if (server.requests != expected->requests)
        fail_msg("row %zu: %u requests instead of %u", row, server.requests, expected->requests);
    assert_int_equal(found.expires_s, expected->expires_s);
    if (expected->expires_s)
        assert_string_equal(found.session_token, "HIDDEN/t");
}

#define T2024 1714564800 /* 2024-05-01T12:00:00Z */

#define STS_GOOD                                                                                   \
    "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"      \
    "<AssumeRoleWithWebIdentityResult><Credentials><SessionToken>HIDDEN/t</SessionToken>"          \
    "<SecretAccessKey>HIDDEN/s</SecretAccessKey><Expiration>2024-05-01T12:00:00Z</Expiration>"     \
    "<AccessKeyId>KEYOFSTS1234</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult>"      \
    "</AssumeRoleWithWebIdentityResponse>"
#define STS_BAD(code, message)                                                                     \
    "<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code><Message>" message              \
    "</Message></Error></ErrorResponse>"

#endif
