/* hadoop: URLs and settings of file:// and s3a:// for the stores of a run. */
#include "hadoop.h"

#include <assert.h>

/* ---- Addresses ------------------------------------------------------------------------------- */

static void append_path(struct buffer *out, const char *path, enum hadoop_use use)
{
    for (; *path; path++) {
        if (use == HADOOP_READ && strchr("\\{}[]*?^", *path))
            buffer_append_char(out, '\\');
        buffer_append_char(out, *path);
    }
}

void hadoop_url(struct buffer *out, const struct store *store, const char *folder,
                enum hadoop_use use)
{
    struct s3_access access;
    s3_access_get(store, &access);
    buffer_append_str(out, access.is_remote ? STR("s3a://") : STR("file://"));
    append_path(out, access.is_remote ? access.url + strlen("s3://") : store_location(store), use);
    if (out->data[out->len - 1] != '/')
        buffer_append_char(out, '/');
    append_path(out, folder, use);
    s3_access_release(&access);
}

const char *hadoop_read_url(struct arena *arena, const struct store *store, struct str key)
{
    CLEANUP(buffer_release) struct buffer url = {0};
    hadoop_url(&url, store, arena_text(arena, key), HADOOP_READ);
    return arena_text(arena, buffer_str(&url));
}

/* ---- Settings -------------------------------------------------------------------------------- */

static void add(struct hadoop_settings *settings, const char *key, const char *value)
{
    assert(settings->count < HADOOP_MAX_SETTINGS);
    settings->pairs[settings->count++] = (struct connect_pair){key, value};
}

/* "s3://BUCKET/prefix" */
static struct str bucket_of(const struct s3_access *access)
{
    const char *bucket = access->url + strlen("s3://");
    return (struct str){bucket, strcspn(bucket, "/")};
}

/* The scope of a setting: all buckets, or only the bucket of a store. */
struct scope {
    struct hadoop_settings *settings;
    const struct s3_access *access;
    bool is_bucket;
};

/* Adds a setting that has a value; `name` is without "fs.s3a." (Hadoop-AWS module, "Configuring
 * different S3 buckets with per-bucket configuration"). */
static void add_scoped(const struct scope *scope, const char *name, const char *value)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    if (!value)
        return;
    buffer_append_str(&key, STR("fs.s3a."));
    if (scope->is_bucket)
        buffer_appendf(&key, "bucket.%.*s.", STR_ARG(bucket_of(scope->access)));
    buffer_append_str(&key, str_of(name));
    add(scope->settings, arena_text(&scope->settings->names, buffer_str(&key)), value);
}

static void add_keys(const struct scope *scope)
{
    static const char name[] = "aws.credentials.provider";
    const struct credentials *keys = &scope->access->keys;
    if (!scope->access->is_signed) {
        add_scoped(scope, name, "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider");
        return;
    }
    scope->settings->has_keys = true;
    add_scoped(scope, name,
               keys->session_token ? "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider"
                                   : "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider");
    add_scoped(scope, "access.key", keys->access_key);
    add_scoped(scope, "secret.key", keys->secret_key);
    add_scoped(scope, "session.token", keys->session_token);
}

static void add_store(const struct scope *scope)
{
    static const char *const encryptions[] = {
        [S3_SSE_AES256] = "AES256",
        [S3_SSE_KMS] = "SSE-KMS",
        [S3_SSE_KMS_DSSE] = "DSSE-KMS",
    };
    const struct s3_access *access = scope->access;
    add_scoped(scope, "endpoint", access->endpoint);
    add_scoped(scope, "endpoint.region", access->region);
    add_scoped(scope, "path.style.access", access->bucket_in_path ? "true" : "false");
    add_keys(scope);
    add_scoped(scope, "requester.pays.enabled", access->request_payer ? "true" : NULL);
    add_scoped(scope, "encryption.algorithm", encryptions[access->sse]);
    add_scoped(scope, "encryption.key", access->sse_kms_key_id);
}

static bool has_same_access(const struct s3_access *a, const struct s3_access *b)
{
    return text_equal(a->endpoint, b->endpoint) && text_equal(a->region, b->region) &&
           text_equal(a->keys.access_key, b->keys.access_key) &&
           text_equal(a->keys.secret_key, b->keys.secret_key) &&
           text_equal(a->keys.session_token, b->keys.session_token) &&
           a->is_signed == b->is_signed && a->bucket_in_path == b->bucket_in_path;
}

static void add_access(struct hadoop_settings *settings, const struct store *store)
{
    struct s3_access *access = &settings->access[settings->access_count];
    if (!store)
        return;
    s3_access_get(store, access);
    if (access->is_remote)
        settings->access_count++;
    else
        s3_access_release(access);
}

static enum status add_both(struct hadoop_settings *settings, struct error *error)
{
    const struct s3_access *in = &settings->access[0], *out = &settings->access[1];
    if (str_equal(bucket_of(in), bucket_of(out))) {
        error_set(error, STATUS_USAGE,
                  "input and output are buckets of one name, %.*s, which are reached in different "
                  "ways: Spark cannot tell them apart",
                  STR_ARG(bucket_of(in)));
        return error_hint(error, "copy the input to a bucket of another name, or run without "
                                 "--engine spark");
    }
    for (size_t i = 0; i < settings->access_count; i++)
        add_store(&(struct scope){settings, &settings->access[i], true});
    return STATUS_OK;
}

enum status hadoop_settings_make(struct hadoop_settings *settings, const struct store *in,
                                 const struct store *out, unsigned connections, struct error *error)
{
    *settings = (struct hadoop_settings){0};
    add_access(settings, in);
    add_access(settings, out);
    if (settings->access_count == 0)
        return STATUS_OK;
    snprintf(settings->connections, sizeof settings->connections, "%u", connections);
    add(settings, "fs.s3a.connection.maximum", settings->connections);
    /* Without this, the server would use the file system object, and so the keys, of an earlier
     * session. */
    add(settings, "fs.s3a.impl.disable.cache", "true");
    if (settings->access_count == 2 && !has_same_access(&settings->access[0], &settings->access[1]))
        return add_both(settings, error);
    add_store(&(struct scope){settings, &settings->access[0], false});
    return STATUS_OK;
}

void hadoop_settings_release(struct hadoop_settings *settings)
{
    for (size_t i = 0; i < settings->access_count; i++)
        s3_access_release(&settings->access[i]);
    arena_release(&settings->names);
    *settings = (struct hadoop_settings){0};
}

/* ---- Errors ---------------------------------------------------------------------------------- */

enum status hadoop_explain(const struct store *store, struct error *error)
{
    if (store_is_remote(store) && strstr(error->message, "S3AFileSystem"))
        return error_hint(error,
                          "the server cannot read S3: start it with --packages "
                          "org.apache.hadoop:hadoop-aws:VERSION, of its own Hadoop's version "
                          "(hadoop-client-api-VERSION.jar in its jars)");
    if (!store_is_remote(store) && error->status == STATUS_NOT_FOUND)
        return error_hint(error, "all machines of the cluster must see this folder under the same "
                                 "path; 'sparkify doctor --engine spark' tries it");
    return error->status;
}
