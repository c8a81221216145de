/* The S3 store: its life, and what the other files share. */
#include "s3_private.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_RETRY_S 60
/* A try without progress is given up after a third of the time for retries, so that there are at
 * least three. */
#define LONGEST_CONNECT_S 10
#define LONGEST_STALL_S   20

/* Reads under way: enough that every connection has its next one, and no more bytes than a run's
 * memory allows. */
#define AHEAD_READS_PER_CONNECTION 8
#define AHEAD_BYTES                ((size_t)48 << 20)

/* ---- What is asked of it --------------------------------------------------------------------- */

static struct store_ahead s3_reads_ahead(const struct store *store)
{
    const struct s3 *s3 = (const struct s3 *)store;
    return (struct store_ahead){
        .reads = (size_t)s3->options.connections * AHEAD_READS_PER_CONNECTION,
        .bytes = AHEAD_BYTES,
    };
}

static struct store_counts s3_counts(const struct store *store)
{
    struct http_counts counts = http_counts(((const struct s3 *)store)->http);
    return (struct store_counts){counts.requests, counts.retries, counts.bytes_sent,
                                 counts.bytes_received};
}

/* ---- Life ------------------------------------------------------------------------------------ */

static void s3_free(struct store *store)
{
    struct s3 *s3 = s3_of(store);
    http_free(s3->http);
    signer_free(s3->loop.signer);
    credentials_release(&s3->loop.credentials);
    mem_free(s3->loop.region);
    mem_free(s3->ca_file);
    s3_location_release(&s3->location);
    mem_free(s3->shared.failure);
    pthread_cond_destroy(&s3->shared.changed);
    pthread_mutex_destroy(&s3->shared.mutex);
    mem_free(store->address);
    mem_free(store->location);
    mem_free(s3);
}

static const struct store_ops s3_ops = {
    .is_remote = true,
    .free = s3_free,
    .list = s3_list,
    .describe_folder = s3_describe_folder,
    .reads_ahead = s3_reads_ahead,
    .read_begin = s3_read_begin,
    .read_finish = s3_read_finish,
    .read_drop = s3_read_drop,
    .put = s3_put,
    .replace = s3_put, /* a put replaces */
    .put_if_absent = s3_put_if_absent,
    .upload_begin = s3_upload_begin,
    .upload_write = s3_upload_write,
    .upload_finish = s3_upload_finish,
    .upload_replace = s3_upload_finish,
    .upload_abort = s3_upload_abort,
    .move = s3_move,
    .flush = s3_flush,
    .remove = s3_delete,
    .counts = s3_counts,
};

static enum status find_region(struct s3 *s3, struct error *error)
{
    const char *region = s3->loop.region = keys_region(&s3->options.keys);
    if (str_consists_of(str_of(region), ASCII_LETTERS ASCII_DIGITS "-_"))
        return STATUS_OK;
    error_set(error, STATUS_USAGE, "'%s' is not the name of a region", region);
    return error_hint(error, "--region eu-central-1, for example");
}

static enum status find_location(struct s3 *s3, const char *address, struct error *error)
{
    const struct s3_options *options = &s3->options;
    CLEANUP(mem_drop) char *endpoint = keys_endpoint(&options->keys, &s3->is_endpoint_of_config);
    return s3_location_init(&s3->location, address, endpoint, keys_path_style(&options->keys),
                            error);
}

void s3_note(const struct s3 *s3, const char *text)
{
    if (s3->options.keys.note)
        s3->options.keys.note(s3->options.keys.note_ctx, text);
}

/* Notes an endpoint that only dl.cfg names, and one that is reached without encryption. */
static void warn_of_location(const struct s3 *s3)
{
    CLEANUP(buffer_release) struct buffer url = {0}, text = {0};
    if (!s3->location.authority)
        return;
    buffer_appendf(&url, "%s://%s", s3->location.scheme, s3->location.authority);
    if (s3->is_endpoint_of_config) {
        buffer_appendf(&text,
                       "requests signed with your keys go to %s, since %s says so (ENDPOINT)",
                       buffer_text(&url), s3->options.keys.config->path);
        s3_note(s3, buffer_text(&text));
        buffer_reset(&text);
    }
    if (!http_url_is_plain(buffer_text(&url)))
        return;
    buffer_appendf(&text,
                   "%s is not encrypted: all on the way can read the data, and a session token; "
                   "give https:// if the store has it",
                   buffer_text(&url));
    s3_note(s3, buffer_text(&text));
}

static void write_location(struct s3 *s3)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    const struct s3_location *location = &s3->location;
    int len = (int)strlen(location->prefix);
    buffer_appendf(&text, "s3://%s%s%.*s", location->bucket, len ? "/" : "", len ? len - 1 : 0,
                   location->prefix);
    s3->store.address = str_dup(buffer_str(&text));
    buffer_reset(&text);
    buffer_appendf(&text, "s3://%s%s", location->authority ? location->authority : "amazonaws.com",
                   s3->store.address + strlen("s3:/"));
    s3->store.location = str_dup(buffer_str(&text));
}

static unsigned third_of_retry_time(const struct s3 *s3, unsigned most)
{
    unsigned third = s3->options.retry_seconds / 3;
    return third < 1 ? 1 : third > most ? most : third;
}

static enum status new_http(struct s3 *s3, struct error *error)
{
    struct http_options options = {
        .connections = s3->options.connections,
        .ca_file = s3->options.keys.ca_file,
        .connect_s = third_of_retry_time(s3, LONGEST_CONNECT_S),
        .stall_s = third_of_retry_time(s3, LONGEST_STALL_S),
        .first_byte_s = s3->is_retry_given ? s3->options.retry_seconds : 0,
        .cancel = s3->options.keys.cancel,
    };
    return http_new(&options, &s3->http, error);
}

/* Checked here, as libcurl opens the file only with the first encrypted connection. */
static enum status check_ca_file(const char *path, struct error *error)
{
    if (!path || access(path, R_OK) == 0)
        return STATUS_OK;
    return error_set_errno(error, errno, "cannot read the certificates in %s", path);
}

/* The KMS key becomes a header: no byte of it may be a control character or a blank. */
static enum status check_encryption(const struct s3_options *options, struct error *error)
{
    const char *key = options->sse_kms_key_id;
    if (key && options->sse < S3_SSE_KMS) {
        error_set(error, STATUS_USAGE, "--sse-kms-key-id needs --sse aws:kms");
        return error_hint(error, "give --sse aws:kms, or leave --sse-kms-key-id out");
    }
    for (size_t i = 0; key && (i == 0 || key[i]); i++)
        if (key[i] <= ' ' || key[i] == 0x7F) {
            error_set(error, STATUS_USAGE, "'%s' is not a KMS key", key);
            return error_hint(error, "give its id, its ARN, or alias/NAME");
        }
    return STATUS_OK;
}

/* Copies the keys of the other store where they would be the same, so that no source is asked
 * twice: a credential_process may ask the user. */
static enum status find_keys(struct s3 *s3, struct error *error)
{
    const struct store *other = s3->options.keys_of;
    s3->options.keys_of = NULL;
    if (!other || other->ops != &s3_ops ||
        !keys_are_same(&s3->options.keys, &((const struct s3 *)other)->options.keys))
        return credentials_find(&s3->options.keys, &s3->loop.credentials, NULL, error);
    s3->loop.credentials = credentials_copy(&((const struct s3 *)other)->loop.credentials);
    return STATUS_OK;
}

static enum status open_parts(struct s3 *s3, const char *address, struct error *error)
{
    const struct s3_options *options = &s3->options;
    TRY(check_encryption(options, error));
    TRY(sign_check(error));
    s3->options.keys.ca_file = s3->ca_file = keys_ca_file(&options->keys);
    TRY(check_ca_file(options->keys.ca_file, error));
    TRY(find_location(s3, address, error));
    TRY(find_region(s3, error));
    write_location(s3);
    s3->loop.is_signed = keys_are_used(&options->keys);
    if (s3->loop.is_signed) {
        TRY(find_keys(s3, error));
        warn_of_location(s3);
    }
    s3_renewal_plan(s3, (int64_t)time(NULL));
    s3->loop.signer = signer_new();
    s3->loop.random = hash_mix(clock_ns(), (uint64_t)time(NULL));
    TRY(new_http(s3, error));
    return s3->store.use == STORE_USE_OUTPUT && options->create_bucket ? s3_bucket_ensure(s3, error)
                                                                       : STATUS_OK;
}

static enum status open_bucket(const char *address, const struct s3_options *options,
                               enum store_use use, struct store **out, struct error *error)
{
    struct s3 *s3 = mem_zalloc(sizeof *s3);
    s3->store.ops = &s3_ops;
    s3->store.read_from = &s3->store;
    s3->store.threads = options->threads;
    s3->store.use = use;
    s3->options = *options;
    s3->is_retry_given = options->retry_seconds != S3_RETRY_DEFAULT;
    if (!s3->is_retry_given)
        s3->options.retry_seconds = DEFAULT_RETRY_S;
    pthread_mutex_init(&s3->shared.mutex, NULL);
    pthread_cond_init(&s3->shared.changed, NULL);
    enum status status = open_parts(s3, address, error);
    if (status == STATUS_OK)
        *out = &s3->store;
    else
        s3_free(&s3->store);
    return status;
}

struct s3_options s3_options_default(void)
{
    return (struct s3_options){
        .threads = 1,
        .connections = 128,
        .retry_seconds = S3_RETRY_DEFAULT,
        .keys = {.service = "S3"},
    };
}

enum status s3_store_open(const char *address, enum store_use use, const struct s3_options *options,
                          struct store **out, struct error *error)
{
    struct store_options disk = {options->threads, options->keys.cancel};
    return address_is_s3(address) ? open_bucket(address, options, use, out, error)
                                  : store_open(address, use, &disk, out, error);
}

/* ---- What others may know of it -------------------------------------------------------------- */

bool s3_facts_get(const struct store *store, struct s3_facts *out)
{
    if (store->ops != &s3_ops)
        return false;
    const struct s3 *s3 = (const struct s3 *)store;
    CLEANUP(buffer_release) struct buffer authority = {0};
    s3_location_authority(&s3->location, s3->loop.region, &authority);
    snprintf(out->address, sizeof out->address, "%s://%s", s3->location.scheme,
             buffer_text(&authority));
    snprintf(out->region, sizeof out->region, "%s", s3->loop.region);
    out->has_clock = s3->loop.has_clock;
    out->clock_ahead_s = s3->loop.clock_ahead_s;
    return true;
}

void s3_access_get(const struct store *store, struct s3_access *out)
{
    const struct s3 *s3 = (const struct s3 *)store;
    *out = (struct s3_access){0};
    if (store->ops != &s3_ops)
        return;
    CLEANUP(buffer_release) struct buffer endpoint = {0};
    if (s3->location.authority)
        buffer_appendf(&endpoint, "%s://%s", s3->location.scheme, s3->location.authority);
    *out = (struct s3_access){
        .is_remote = true,
        .url = text_dup(store->address),
        .endpoint = endpoint.len ? str_dup(buffer_str(&endpoint)) : NULL,
        .region = text_dup(s3->loop.region),
        .bucket_in_path = s3->location.bucket_in_path,
        .is_signed = s3->loop.is_signed,
        .request_payer = s3->options.request_payer,
        .sse = s3->options.sse,
        .sse_kms_key_id = text_dup(s3->options.sse_kms_key_id),
        .keys = credentials_copy(&s3->loop.credentials),
    };
}

void s3_access_release(struct s3_access *access)
{
    credentials_release(&access->keys);
    mem_free(access->url);
    mem_free(access->endpoint);
    mem_free(access->region);
    mem_free(access->sse_kms_key_id);
    *access = (struct s3_access){0};
}
