/* s3://bucket/prefix, and the host that has the bucket. */
#include "s3_private.h"

#include <ctype.h>

/* Amazon S3 User Guide, "General purpose bucket naming rules". Other stores allow more. */
static bool is_bucket_name(struct str name)
{
    if (name.len < 3 || name.len > 63)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool edge = i == 0 || i + 1 == name.len;
        if (!islower(c) && !isdigit(c) && (edge || (c != '-' && c != '.')))
            return false;
    }
    return !memmem(name.data, name.len, "..", 2);
}

static enum status refuse_bucket(const char *address, struct str bucket, struct error *error)
{
    CLEANUP(buffer_release) struct buffer shown = {0}, meant = {0};
    const char *at = strstr(address, "://") + strlen("://");
    bool is_arn = address_of_arn(str_of(at), &meant);
    address_show(address, &shown);
    if (is_arn || str_starts_with(bucket, STR("arn:"))) {
        error_set(error, STATUS_USAGE, "%s: an ARN is not a bucket's name", address);
        return error_hint(error, "give %s", is_arn ? buffer_text(&meant) : "s3://bucket/prefix");
    }
    if (!str_equal(buffer_str(&shown), str_of(address))) {
        /* Hadoop once had keys in addresses: s3n://KEY:SECRET@bucket */
        error_set(error, STATUS_USAGE,
                  "%s: keys in an address are not read, and do not belong there",
                  buffer_text(&shown));
        return error_hint(error, "give s3://bucket/prefix, and put the keys into section [AWS] of "
                                 "dl.cfg or into the environment");
    }
    error_set(error, STATUS_USAGE, "%s: '%.*s' is not a bucket's name", address, STR_ARG(bucket));
    return error_hint(error, "an address is s3://bucket/prefix; a bucket's name has 3 to 63 "
                             "characters, of a-z, 0-9, '-' and '.'");
}

static enum status read_address(struct s3_location *location, const char *address,
                                struct error *error)
{
    const char *at = strstr(address, "://") + strlen("://");
    struct str bucket = {at, strcspn(at, "/")};
    if (!is_bucket_name(bucket))
        return refuse_bucket(address, bucket, error);
    at += bucket.len;
    at += strspn(at, "/");
    size_t len = strlen(at);
    while (len && at[len - 1] == '/')
        len--;
    location->bucket = str_dup(bucket);
    location->prefix = mem_zalloc(len + 2);
    memcpy(location->prefix, at, len);
    if (len)
        location->prefix[len] = '/';
    return STATUS_OK;
}

static enum status refuse_endpoint(const char *endpoint, struct error *error)
{
    CLEANUP(buffer_release) struct buffer shown = {0};
    address_show(endpoint, &shown);
    if (http_url_has_login(endpoint)) {
        error_set(error, STATUS_USAGE,
                  "the endpoint '%s' has a name and a password in it, which no S3 store asks for",
                  buffer_text(&shown));
        return error_hint(error, "give https://host or http://host:port, and put the keys into "
                                 "section [AWS] of dl.cfg or into the environment");
    }
    error_set(error, STATUS_USAGE, "the endpoint '%s' is not the address of a server",
              buffer_text(&shown));
    return error_hint(error,
                      "give --endpoint https://host or http://host:port, with nothing after it");
}

static enum status read_endpoint(struct s3_location *location, const char *endpoint,
                                 struct error *error)
{
    CLEANUP(http_url_release) struct http_url url = {0};
    CLEANUP(buffer_release) struct buffer authority = {0};
    const char *slashes = strstr(endpoint, ":/"); /* libcurl takes http:/host and http:///host */
    if (strpbrk(endpoint, " @?#\t") || !slashes || strspn(slashes + 1, "/") != 2 ||
        !http_url_parse(endpoint, &url) || url.path[strspn(url.path, "/")] ||
        strncmp(url.scheme, "http", 4) != 0)
        return refuse_endpoint(endpoint, error);
    if (url.zone) /* a link-local address is not reached without it */
        buffer_appendf(&authority, "%.*s%%25%s]%s%s", (int)strcspn(url.host, "]"), url.host,
                       url.zone, url.port ? ":" : "", url.port ? url.port : "");
    else
        http_url_authority(&url, &authority);
    location->scheme = strcmp(url.scheme, "https") == 0 ? "https" : "http";
    location->authority = str_dup(buffer_str(&authority));
    return STATUS_OK;
}

enum status s3_location_init(struct s3_location *location, const char *address,
                             const char *endpoint, enum config_path_style style,
                             struct error *error)
{
    *location = (struct s3_location){.scheme = "https"};
    TRY(read_address(location, address, error));
    if (endpoint)
        TRY(read_endpoint(location, endpoint, error));
    /* Certificates are for *.s3.amazonaws.com, and a '*' stands for no dots. */
    bool has_dots = strcmp(location->scheme, "https") == 0 && strchr(location->bucket, '.');
    location->bucket_in_path =
        style == CONFIG_PATH_ON || (style != CONFIG_PATH_OFF && (endpoint != NULL || has_dots));
    return STATUS_OK;
}

void s3_location_release(struct s3_location *location)
{
    mem_free(location->bucket);
    mem_free(location->prefix);
    mem_free(location->authority);
    *location = (struct s3_location){0};
}

void s3_location_authority(const struct s3_location *location, const char *region,
                           struct buffer *out)
{
    if (!location->bucket_in_path) {
        buffer_append_str(out, str_of(location->bucket));
        buffer_append_char(out, '.');
    }
    if (location->authority)
        buffer_append_str(out, str_of(location->authority));
    else
        buffer_appendf(out, "s3.%s.amazonaws.com%s", region,
                       strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
}
