/* What the options do not say of how to reach a service: by dl.cfg, the environment, and the
 * profile. */
#include "settings.h"

#include "credentials_private.h"

#include <http.h>
#include <stdlib.h>
#include <strings.h>

#define DEFAULT_REGION "us-east-1"

struct str keys_variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? str_of(value) : STR_NULL;
}

/* AWS_DEFAULT_PROFILE goes first, as with the AWS CLI. */
struct keys_profile keys_usual_profile(void)
{
    static const char *const names[] = {"AWS_DEFAULT_PROFILE", "AWS_PROFILE"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct str named = keys_variable(names[i]);
        if (named.data)
            return (struct keys_profile){named.data, names[i]};
    }
    return (struct keys_profile){"default", NULL};
}

/* A copy of the first of the two variables that is set; NULL when neither is. */
static char *first_variable(const char *name, const char *second)
{
    struct str text = keys_variable(name);
    if (!text.data)
        text = keys_variable(second);
    return text.data ? str_dup(text) : NULL;
}

/* The profile's setting at `offset` in struct profile, moved out of it. NULL for a profile that
 * cannot be read: credentials_find returns the error. */
static char *of_profile(const struct keys_options *options, size_t offset)
{
    CLEANUP(profile_release) struct profile profile = {0};
    const char *name = options->profile                              ? options->profile
                       : options->config && options->config->profile ? options->config->profile
                                                                     : keys_usual_profile().name;
    struct error ignored;
    if (profile_read(name, &profile, &ignored) != STATUS_OK)
        return NULL;
    char **member = (char **)((char *)&profile + offset), *setting = *member;
    *member = NULL;
    return setting;
}

char *keys_region(const struct keys_options *options)
{
    char *region = text_dup(options->region);
    if (!region && options->config)
        region = text_dup(options->config->region);
    if (!region)
        region = first_variable("AWS_REGION", "AWS_DEFAULT_REGION");
    if (!region)
        region = of_profile(options, offsetof(struct profile, region));
    return region ? region : str_dup(STR(DEFAULT_REGION));
}

/* The service's address, of the environment or the profile; owned by the caller, or NULL. */
static char *address_of_service(const struct keys_options *options, const char *service)
{
    char variable[64];
    snprintf(variable, sizeof variable, "AWS_ENDPOINT_URL_%s", service);
    char *address = first_variable(variable, "AWS_ENDPOINT_URL");
    return address ? address : of_profile(options, offsetof(struct profile, endpoint));
}

/* NULL for "aws", which overrides an endpoint that the environment or the profile names. */
static char *unless_aws(char *endpoint)
{
    if (!endpoint || strcasecmp(endpoint, "aws") != 0)
        return endpoint;
    mem_free(endpoint);
    return NULL;
}

char *keys_endpoint(const struct keys_options *options, bool *out_is_of_config)
{
    const char *named = options->config ? options->config->endpoint : NULL;
    *out_is_of_config = false;
    if (options->endpoint)
        return unless_aws(text_dup(options->endpoint));
    char *usual = address_of_service(options, options->service);
    if (!named)
        return usual;
    *out_is_of_config = !usual || strcmp(usual, named) != 0;
    mem_free(usual);
    return unless_aws(text_dup(named));
}

/* A profile that an option names overrides NO_SIGN_REQUEST of dl.cfg. */
bool keys_are_used(const struct keys_options *options)
{
    bool config_says_no = options->config && options->config->no_sign_request && !options->profile;
    return !options->no_sign_request && !config_says_no;
}

enum config_path_style keys_path_style(const struct keys_options *options)
{
    return options->path_style == CONFIG_PATH_UNSAID && options->config
               ? options->config->path_style
               : options->path_style;
}

enum status keys_service_url(const struct keys_options *options, const struct keys_service *service,
                             const char *region, const char *who, struct buffer *out,
                             struct error *error)
{
    CLEANUP(mem_drop) char *named = address_of_service(options, service->name);
    if (named && http_url_has_login(named)) {
        error_set(error, STATUS_DENIED, "%s: the address of %s has a name and a password in it",
                  who, service->name);
        return error_hint(error, "check AWS_ENDPOINT_URL_%s and AWS_ENDPOINT_URL", service->name);
    }
    if (named)
        buffer_append_str(out, str_of(named));
    else
        buffer_appendf(out, "https://%s.%s.amazonaws.com%s", service->host, region,
                       strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
    while (out->len && out->data[out->len - 1] == '/')
        out->len--;
    return STATUS_OK;
}

char *keys_ca_file(const struct keys_options *options)
{
    struct str named = keys_variable("AWS_CA_BUNDLE");
    if (options->ca_file)
        return text_dup(options->ca_file);
    if (named.data)
        return str_dup(named);
    char *of_user = of_profile(options, offsetof(struct profile, ca_file));
    return of_user ? of_user : text_dup(http_system_ca_file());
}

bool keys_are_same(const struct keys_options *a, const struct keys_options *b)
{
    static const struct config nothing = {0};
    const struct config *c = a->config ? a->config : &nothing;
    const struct config *d = b->config ? b->config : &nothing;
    return keys_are_used(a) == keys_are_used(b) && text_equal(a->profile, b->profile) &&
           text_equal(a->region, b->region) && text_equal(a->ca_file, b->ca_file) &&
           text_equal(c->access_key, d->access_key) && text_equal(c->secret_key, d->secret_key) &&
           text_equal(c->session_token, d->session_token) && text_equal(c->profile, d->profile) &&
           text_equal(c->region, d->region);
}
