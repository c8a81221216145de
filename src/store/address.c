/* Addresses as users give them. What is meant for another kind of store, but would be taken for a
 * folder of that name ("s3:/x", as Python's pathlib makes of "s3://x", or "C:\x"), is refused with
 * the form that was meant: otherwise the tables land in a folder where nobody looks for them. A
 * folder whose name looks like that is still reached as "./s3:/x". */
#include "address.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <store.h>
#include <string.h>
#include <strings.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* ---- Parts ----------------------------------------------------------------------------------- */

/* The length of "scheme" in "scheme:…" (RFC 3986, section 3.1), or 0. */
static size_t scheme_length(const char *address)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789+-.";
    size_t len = strspn(address, allowed);
    return isalpha((unsigned char)*address) && address[len] == ':' ? len : 0;
}

static bool is_scheme(struct str scheme, const char *name)
{
    return scheme.len == strlen(name) && strncasecmp(scheme.data, name, scheme.len) == 0;
}

static bool is_s3_scheme(struct str scheme)
{
    return is_scheme(scheme, "s3") || is_scheme(scheme, "s3a") || is_scheme(scheme, "s3n");
}

static bool has_two_slashes(const char *address, size_t scheme)
{
    return scheme && strncmp(address + scheme, "://", 3) == 0;
}

bool store_address_is_s3(const char *address)
{
    size_t scheme = scheme_length(address);
    return has_two_slashes(address, scheme) && *address == 's' &&
           is_s3_scheme((struct str){address, scheme});
}

/* ---- Showing --------------------------------------------------------------------------------- */

static const char *after_last_at(const char *text)
{
    const char *at = strrchr(text, '@');
    return at ? at + 1 : NULL;
}

/* A ':' that no port follows; brackets are around an IPv6 address. */
static bool has_odd_colon(const char *rest, size_t len)
{
    const char *colon = *rest == '[' ? NULL : memchr(rest, ':', len);
    if (!colon)
        return false;
    size_t digits = strspn(colon + 1, "0123456789");
    return colon + 1 + digits != rest + len;
}

/* From where on `rest`, which follows "scheme://", may be shown: its start, or behind what may be
 * secret. A key may hold a '/', so the last '@' counts. */
static const char *shown_part(const char *rest, bool is_s3)
{
    size_t len = strcspn(rest, "/");
    bool has_login = is_s3 ? memchr(rest, '@', len) || memchr(rest, ':', len)
                           : strchr(rest, '@') || has_odd_colon(rest, len);
    if (!has_login)
        return rest;
    const char *shown = after_last_at(rest);
    return shown ? shown : rest + strlen(rest);
}

void store_address_show(const char *address, struct buffer *out)
{
    struct str scheme = {address, scheme_length(address)};
    bool is_s3 = is_s3_scheme(scheme);
    if (!scheme.len || is_scheme(scheme, "file") || is_scheme(scheme, "arn")) {
        buffer_append_str(out, str_of(address));
        return;
    }
    const char *rest = address + scheme.len + 1;
    rest += strspn(rest, "/");
    const char *shown = shown_part(rest, is_s3);
    size_t shown_len = is_s3 ? strlen(shown) : strcspn(shown, "?#");
    buffer_append(out, address, (size_t)(rest - address));
    if (shown != rest)
        buffer_append_str(out, *shown ? STR("…@") : STR("…"));
    buffer_append(out, shown, shown_len);
    if (shown[shown_len])
        buffer_append_str(out, STR("?…"));
}

bool address_has_login(const char *url)
{
    return strchr(url, '@') != NULL;
}

/* A name below localhost may lead anywhere. */
bool address_is_loopback(const char *host)
{
    unsigned a, b, c;
    int end = 0;
    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return sscanf(host, "127.%3u.%3u.%3u%n", &a, &b, &c, &end) == 3 && host[end] == '\0' &&
           a < 256 && b < 256 && c < 256;
}

bool address_is_plain(const char *url)
{
    char *scheme = NULL, *host = NULL;
    CURLU *parts = curl_url();
    bool is_plain = parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                    curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                    strcmp(scheme, "http") == 0 && !address_is_loopback(host);
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    return is_plain;
}

/* ---- Refusing -------------------------------------------------------------------------------- */

bool address_of_arn(struct str arn, struct buffer *out)
{
    size_t colons = 0, at = 0;
    if (!str_starts_with(arn, STR("arn:")))
        return false;
    while (at < arn.len && colons < 5)
        colons += arn.data[at++] == ':';
    /* arn:PARTITION:s3:::BUCKET/KEY: others have a region, as access points */
    if (colons < 5 || at < 6 || memcmp(arn.data + at - 6, ":s3:::", 6) != 0)
        return false;
    buffer_appendf(out, "s3://%.*s", (int)(arn.len - at), arn.data + at);
    return true;
}

/* What was meant by "scheme:rest", in words; `rest` is without slashes at its start. */
static void hint_form(const char *address, struct str scheme, const char *rest, struct error *error)
{
    CLEANUP(buffer_release) struct buffer shown = {0}, whole = {0};
    store_address_show(address, &whole);
    buffer_appendf(&shown, "s3://%s", rest);
    if (is_s3_scheme(scheme)) {
        CLEANUP(buffer_release) struct buffer form = {0};
        store_address_show(buffer_text(&shown), &form);
        error_hint(error, "give %s; a folder of this name is ./%s", buffer_text(&form),
                   buffer_text(&whole));
    } else if (is_scheme(scheme, "file")) {
        error_hint(error, "give /%s, or file:///%s", rest, rest);
    } else if (is_scheme(scheme, "dbfs")) {
        error_hint(error, "where Databricks has its files in a folder, give /dbfs/%s", rest);
    } else if (is_scheme(scheme, "gs") || is_scheme(scheme, "gcs")) {
        error_hint(error, "give %s with --endpoint https://storage.googleapis.com",
                   buffer_text(&shown));
    } else if (is_scheme(scheme, "http") || is_scheme(scheme, "https")) {
        error_hint(error, "give s3://bucket/prefix, and the server by --endpoint URL");
    } else {
        error_hint(error,
                   "give s3://bucket/prefix, a path, or file:///path; a folder of this name "
                   "is ./%s",
                   buffer_text(&whole));
    }
}

static bool is_known_scheme(struct str scheme)
{
    static const char *const names[] = {"s3",   "s3a",   "s3n",  "gs",    "gcs",  "dbfs",
                                        "file", "hdfs",  "abfs", "abfss", "wasb", "wasbs",
                                        "http", "https", "oss",  "obs",   "r2",   "viewfs"};
    for (size_t i = 0; i < LENGTH(names); i++)
        if (is_scheme(scheme, names[i]))
            return true;
    return false;
}

static enum status refuse_arn(const char *address, struct error *error)
{
    CLEANUP(buffer_release) struct buffer meant = {0};
    error_set(error, STATUS_USAGE, "%s: a name of Amazon's, not an address", address);
    if (address_of_arn(str_of(address), &meant))
        return error_hint(error, "give %s", buffer_text(&meant));
    return error_hint(error, "give the bucket: s3://bucket/prefix");
}

static enum status refuse_windows(const char *address, struct error *error)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    error_set(error, STATUS_USAGE, "%s: a path of Windows", address);
    if (*address == '\\')
        return error_hint(error, "give the folder at which the share is mounted");
    for (const char *at = address + 2; *at; at++)
        buffer_append_char(&path, *at == '\\' ? '/' : *at);
    const char *rest = buffer_text(&path);
    return error_hint(error, "in WSL, give /mnt/%c/%s", tolower((unsigned char)*address),
                      rest + strspn(rest, "/"));
}

static bool is_windows_path(const char *address, size_t scheme)
{
    return strncmp(address, "\\\\", 2) == 0 ||
           (scheme == 1 && (address[2] == '\\' || address[2] == '/' || !address[2]));
}

static enum status refuse_scheme(const char *address, size_t scheme_len, struct error *error)
{
    CLEANUP(buffer_release) struct buffer shown = {0}, rest = {0};
    struct str scheme = {address, scheme_len};
    bool is_s3 = is_s3_scheme(scheme);
    store_address_show(address, &shown);
    const char *after = buffer_text(&shown) + scheme_len + 1;
    buffer_append_str(&rest, str_of(after + strspn(after, "/")));
    error_set(error, STATUS_USAGE, "%s: %s", buffer_text(&shown),
              !is_s3                                 ? "there is no store of this kind"
              : has_two_slashes(address, scheme_len) ? "s3:// is written in small letters"
                                                     : "an address in S3 begins with s3://");
    hint_form(address, scheme, buffer_text(&rest), error);
    return STATUS_USAGE;
}

static enum status refuse_home(const char *address, struct error *error)
{
    error_set(error, STATUS_USAGE,
              "%s: only a shell knows what ~ means, and only at the beginning "
              "of a word",
              address);
    return error_hint(error, "give the whole path: \"$HOME%s\"; a folder of this name is ./%s",
                      address + 1, address);
}

static enum status check_path(const char *path, struct error *error)
{
    if (*path)
        return STATUS_OK;
    error_set(error, STATUS_USAGE, "the path of a folder is empty");
    return error_hint(error, "'.' is the current folder");
}

/* The path of a file:// address is taken byte for byte, as Hadoop does: a '%' in it stays. */
enum status store_address_path(const char *address, const char **out, struct error *error)
{
    struct str scheme = {address, scheme_length(address)};
    const char *path = address;
    if (store_address_is_s3(address)) {
        error_set(error, STATUS_USAGE, "%s: a folder on this machine is needed", address);
        return error_hint(error, "make it in a folder, and copy that to S3");
    }
    if (is_scheme(scheme, "arn"))
        return refuse_arn(address, error);
    if (is_windows_path(address, scheme.len))
        return refuse_windows(address, error);
    if (strcmp(address, "~") == 0 || strncmp(address, "~/", 2) == 0)
        return refuse_home(address, error);
    if (has_two_slashes(address, scheme.len) && str_equal(scheme, STR("file"))) {
        path = address + strlen("file://");
        if (*path != '/') {
            error_set(error, STATUS_USAGE, "%s: only a path on this machine can follow file://",
                      address);
            return error_hint(error, "three slashes begin a path: file:///path");
        }
    } else if (scheme.len && (address[scheme.len + 1] == '/' || is_known_scheme(scheme))) {
        return refuse_scheme(address, scheme.len, error);
    }
    TRY(check_path(path, error));
    *out = path;
    return STATUS_OK;
}
