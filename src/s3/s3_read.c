/* Reading: GET of an object or a range of it, on the condition that it is still the one that was
 * listed. */
#include "s3_private.h"

#include <openssl/evp.h>

#define MD5_HEX_LEN 32

struct s3_read {
    struct store_read read;     /* first */
    struct s3_request *request; /* NULL: there is nothing to read */
    const struct store_object *object;
    size_t length;
    bool is_whole;
};

static struct s3_read *read_of(struct store_read *read)
{
    return (struct s3_read *)read;
}

/* ---- Checking what has come ------------------------------------------------------------------ */

struct str s3_etag_value(struct str etag)
{
    if (str_starts_with(etag, STR("W/")))
        etag = str_from(etag, 2);
    if (etag.len >= 2 && str_starts_with(etag, STR("\"")) && str_ends_with(etag, STR("\"")))
        etag = (struct str){etag.data + 1, etag.len - 2};
    return etag;
}

/* The ETag's value when it may be the MD5 of the body: 32 hexadecimal digits. That of an object
 * that was put in parts, or encrypted, is something else. */
static struct str md5_of_etag(struct str etag)
{
    etag = s3_etag_value(etag);
    if (etag.len != MD5_HEX_LEN || !str_consists_of(etag, ASCII_DIGITS "abcdef"))
        return STR_NULL;
    return etag;
}

static void md5_hex(struct str bytes, char out[static MD5_HEX_LEN + 1])
{
    unsigned char hash[16];
    bool is_made = EVP_Digest(bytes.data, bytes.len, hash, NULL, EVP_md5(), NULL);
    hex_write(hash, is_made ? sizeof hash : 0, out);
    out[is_made ? MD5_HEX_LEN : 0] = '\0';
}

/* Compares the body with an ETag that may be its MD5. A body that differs is fetched once more:
 * when it is the same again, this store's ETags are no hashes, which is remembered. */
static bool agrees_with_etag(struct s3_request *request, struct str etag)
{
    struct s3 *s3 = request->s3;
    struct str expected = md5_of_etag(etag);
    struct str sse = http_answer_header(&request->http.answer, "x-amz-server-side-encryption");
    char md5[MD5_HEX_LEN + 1];
    if (!expected.data || s3->loop.etags_are_not_hashes || str_starts_with(sse, STR("aws:kms")))
        return true;
    md5_hex(buffer_str(&request->http.answer.body), md5);
    if (!md5[0] || str_equal(str_of(md5), expected))
        return true;
    s3->loop.etags_are_not_hashes = strcmp(md5, request->body_md5) == 0;
    memcpy(request->body_md5, md5, sizeof md5);
    return s3->loop.etags_are_not_hashes;
}

/* RFC 9110, section 14.4: "bytes 0-9/100"; an asterisk stands for a length that is unknown. */
static bool is_right_range(const struct s3_request *request, const struct s3_read *read)
{
    struct str got = http_answer_header(&request->http.answer, "content-range");
    CLEANUP(buffer_release) struct buffer wanted = {0};
    buffer_appendf(&wanted, "bytes %s/", request->range + strlen("bytes="));
    if (!str_starts_with(got, buffer_str(&wanted)))
        return false;
    struct str total = str_from(got, wanted.len);
    buffer_reset(&wanted);
    buffer_appendf(&wanted, "%llu", (unsigned long long)read->object->size_bytes);
    return str_equal(total, STR("*")) || str_equal(total, buffer_str(&wanted));
}

/* For a request without If-Match, after the server has refused it with 412: the answer's ETag
 * tells whether the object has changed, or the server compares ETags wrongly. */
static bool is_same_object(struct s3_request *request, const struct s3_read *read)
{
    struct str now = http_answer_header(&request->http.answer, "etag");
    if (request->sent_if_match || !request->if_match.len)
        return true;
    if (!now.len || !str_equal(s3_etag_value(now), s3_etag_value(read->object->version)))
        return false;
    request->s3->loop.has_wrong_if_match = true;
    return true;
}

static const char *check_body(struct s3_request *request)
{
    const struct s3_read *read = request->ctx;
    const struct http_answer *answer = &request->http.answer;
    request->has_changed = !is_same_object(request, read);
    if (request->has_changed)
        return "it has changed since it was listed";
    request->is_not_s3 = true;
    if (!read->is_whole && (answer->status != 206 || !is_right_range(request, read)))
        return "the answer is not the part of it that was asked for";
    if (answer->body.len != read->length)
        return "the answer has not the length that was listed";
    request->is_not_s3 = false;
    return !read->is_whole || agrees_with_etag(request, read->object->version)
               ? NULL
               : "the answer does not agree with its ETag";
}

/* ---- The calls ------------------------------------------------------------------------------- */

struct store_read *s3_read_begin(struct store *store, const struct store_object *object,
                                 uint64_t offset, size_t length)
{
    struct s3_read *read = mem_zalloc(sizeof *read);
    uint64_t left = offset < object->size_bytes ? object->size_bytes - offset : 0;
    read->read.store = store;
    read->object = object;
    read->length = length < left ? length : (size_t)left;
    read->is_whole = read->length == object->size_bytes;
    if (read->length == 0)
        return &read->read;
    struct s3_request *request = s3_request_new(s3_of(store), S3_READ, "GET", object->key);
    read->request = request;
    request->check = check_body;
    request->ctx = read;
    request->if_match = object->version;
    request->http.answer_limit += read->length; /* errors have bodies, too */
    request->http.expected_bytes = read->length;
    if (!read->is_whole)
        snprintf(request->range, sizeof request->range, "bytes=%llu-%llu",
                 (unsigned long long)offset, (unsigned long long)(offset + read->length - 1));
    s3_request_send(request);
    return &read->read;
}

static void read_free(struct s3_read *read)
{
    s3_request_free(read->request);
    mem_free(read);
}

enum status s3_read_finish(struct store_read *store_read, struct buffer *out, struct error *error)
{
    struct s3_read *read = read_of(store_read);
    enum status status = STATUS_OK;
    if (read->request)
        status = s3_request_wait(read->request, error);
    if (status == STATUS_OK && read->request)
        buffer_append_str(out, buffer_str(&read->request->http.answer.body));
    read_free(read);
    return status;
}

static void drop(struct s3_request *request)
{
    read_free(request->ctx);
}

void s3_read_drop(struct store_read *store_read)
{
    struct s3_read *read = read_of(store_read);
    if (!s3_request_drop(read->request, drop))
        read_free(read);
}
