/* The path on this machine that an address means. What is meant for another kind of store, but
 * would be taken for a folder of that name ("s3:/x", as Python's pathlib makes of "s3://x", or
 * "C:\x"), is refused with the form that was meant: otherwise the tables land in a folder where
 * nobody looks for them. A folder whose name looks like that is still reached as "./s3:/x". */
#include <store.h>

#include <ctype.h>

static bool has_two_slashes(const char *address, size_t scheme)
{
    return scheme && strncmp(address + scheme, "://", 3) == 0;
}

/* Hints at the address that was probably meant by "scheme:rest"; `rest` is without slashes at
 * its start. */
static void hint_form(const char *address, struct str scheme, const char *rest, struct error *error)
{
    CLEANUP(buffer_release) struct buffer shown = {0}, whole = {0};
    address_show(address, &whole);
    buffer_appendf(&shown, "s3://%s", rest);
    if (address_scheme_is_s3(scheme)) {
        CLEANUP(buffer_release) struct buffer form = {0};
        address_show(buffer_text(&shown), &form);
        error_hint(error, "give %s; a folder of this name is ./%s", buffer_text(&form),
                   buffer_text(&whole));
    } else if (address_scheme_is(scheme, "file")) {
        error_hint(error, "give /%s, or file:///%s", rest, rest);
    } else if (address_scheme_is(scheme, "dbfs")) {
        error_hint(error, "where Databricks has its files in a folder, give /dbfs/%s", rest);
    } else if (address_scheme_is(scheme, "gs") || address_scheme_is(scheme, "gcs")) {
        error_hint(error, "give %s with --endpoint https://storage.googleapis.com",
                   buffer_text(&shown));
    } else if (address_scheme_is(scheme, "http") || address_scheme_is(scheme, "https")) {
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
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (address_scheme_is(scheme, names[i]))
            return true;
    return false;
}

static enum status refuse_arn(const char *address, struct error *error)
{
    CLEANUP(buffer_release) struct buffer meant = {0};
    error_set(error, STATUS_USAGE, "%s: an Amazon Resource Name, not an address", address);
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
    bool is_s3 = address_scheme_is_s3(scheme);
    address_show(address, &shown);
    const char *after = buffer_text(&shown) + scheme_len + 1;
    buffer_append_str(&rest, str_of(after + strspn(after, "/")));
    error_set(error, STATUS_USAGE, "%s: %s", buffer_text(&shown),
              !is_s3                                 ? "there is no store of this kind"
              : has_two_slashes(address, scheme_len) ? "s3:// is written in lower case"
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

/* The path of a file:// address is used byte for byte, as in Hadoop: a '%' in it stays. */
enum status store_address_path(const char *address, const char **out, struct error *error)
{
    struct str scheme = address_scheme(address);
    const char *path = address;
    if (address_is_s3(address)) {
        error_set(error, STATUS_USAGE, "%s: a folder on this machine is needed", address);
        return error_hint(error, "make it in a folder, and copy that to S3");
    }
    if (address_scheme_is(scheme, "arn"))
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
    if (!*path) {
        error_set(error, STATUS_USAGE, "the path of a folder is empty");
        return error_hint(error, "'.' is the current folder");
    }
    *out = path;
    return STATUS_OK;
}
