#include "hadoop.h"

#include <assert.h>
#include <stdio.h>

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
    struct store_access access;
    store_access_get(store, &access);
    buffer_append_str(out, access.is_remote ? STR("s3a://") : STR("file://"));
    append_path(out, access.is_remote ? access.url + strlen("s3://") : store_location(store), use);
    if (out->data[out->len - 1] != '/')
        buffer_append_char(out, '/');
    append_path(out, folder, use);
    store_access_release(&access);
}

/* ---- Settings -------------------------------------------------------------------------------- */

static void add(struct hadoop_settings *settings, const char *key, const char *value)
{
    assert(settings->count < HADOOP_MAX_SETTINGS);
    settings->pairs[settings->count++] = (struct connect_pair){key, value};
}

static void add_keys(struct hadoop_settings *settings)
{
    static const char key[] = "fs.s3a.aws.credentials.provider";
    const struct store_access *access = &settings->access;
    if (!access->is_signed) {
        add(settings, key, "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider");
        return;
    }
    add(settings, key,
        access->session_token ? "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider"
                              : "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider");
    add(settings, "fs.s3a.access.key", access->access_key);
    add(settings, "fs.s3a.secret.key", access->secret_key);
    if (access->session_token)
        add(settings, "fs.s3a.session.token", access->session_token);
}

static void add_terms(struct hadoop_settings *settings)
{
    static const char *const names[] = {
        [STORE_SSE_AES256] = "AES256",
        [STORE_SSE_KMS] = "SSE-KMS",
        [STORE_SSE_KMS_DSSE] = "DSSE-KMS",
    };
    const struct store_access *access = &settings->access;
    if (access->request_payer)
        add(settings, "fs.s3a.requester.pays.enabled", "true");
    if (names[access->sse])
        add(settings, "fs.s3a.encryption.algorithm", names[access->sse]);
    if (access->sse_kms_key_id)
        add(settings, "fs.s3a.encryption.key", access->sse_kms_key_id);
}

void hadoop_settings_make(struct hadoop_settings *settings, const struct store *in,
                          const struct store *out, unsigned connections)
{
    *settings = (struct hadoop_settings){0};
    store_access_get(in, &settings->access);
    if (!settings->access.is_remote && out)
        store_access_get(out, &settings->access);
    const struct store_access *access = &settings->access;
    if (!access->is_remote)
        return;
    snprintf(settings->connections, sizeof settings->connections, "%u", connections);
    if (access->endpoint)
        add(settings, "fs.s3a.endpoint", access->endpoint);
    add(settings, "fs.s3a.endpoint.region", access->region);
    add(settings, "fs.s3a.path.style.access", access->bucket_in_path ? "true" : "false");
    add(settings, "fs.s3a.connection.maximum", settings->connections);
    /* Else the server would go on with the keys of whoever came first. */
    add(settings, "fs.s3a.impl.disable.cache", "true");
    add_keys(settings);
    add_terms(settings);
}

void hadoop_settings_release(struct hadoop_settings *settings)
{
    store_access_release(&settings->access);
    *settings = (struct hadoop_settings){0};
}

/* ---- What goes wrong ------------------------------------------------------------------------- */

enum status hadoop_explain(const struct store *store, struct error *error)
{
    struct store_facts facts;
    store_look(store, &facts);
    if (facts.is_remote && strstr(error->message, "S3AFileSystem"))
        return error_hint(error,
                          "the server cannot read S3: start it with --packages "
                          "org.apache.hadoop:hadoop-aws:VERSION, of its own Hadoop's version "
                          "(hadoop-client-api-VERSION.jar in its jars)");
    if (!facts.is_remote && error->status == STATUS_NOT_FOUND)
        return error_hint(error, "all machines of the cluster must see this folder under the same "
                                 "path; 'sparkify doctor --engine spark' tries it");
    return error->status;
}
