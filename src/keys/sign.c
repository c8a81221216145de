/* AWS Signature Version 4, as "Signature Calculations for the Authorization Header: Transferring
 * Payload in a Single Chunk" of the Amazon S3 API Reference has it:
 *
 *   canonical request   method, path, query, headers and the body's hash, in one form
 *   string to sign      the day's scope, and the canonical request's hash
 *   signing key         HMAC of the secret over day, region, service: kept while these stay
 *   signature           HMAC of the string under that key
 *
 * S3 has rules of its own: the path is encoded once, not twice, and is not normalized. */

#include <sign.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#define ALGORITHM    "AWS4-HMAC-SHA256"
#define SHA256_BYTES 32

struct signer {
    EVP_MAC_CTX *hmac;       /* holds the signing key */
    struct buffer scope_key; /* what the signing key was derived from */
    struct buffer text;      /* canonical request, then string to sign */
    struct buffer scope;     /* "20130524/us-east-1/s3/aws4_request" */
    struct buffer names;     /* "host;x-amz-date" */
};

/* ---- Hashes ---------------------------------------------------------------------------------- */

static EVP_MD *sha256;
static EVP_MAC *hmac_sha256;

static bool is_unsupported; /* by libcrypto's configuration */

/* Once sign_check has found the algorithms, these calls fail only for want of memory. */
static void need(bool is_done)
{
    if (!is_done)
        mem_exhausted();
}

/* Fetched once: looking an algorithm up costs more than hashing a small body. */
static void fetch_algorithms(void)
{
    need(OPENSSL_init_crypto(0, NULL) && OSSL_LIB_CTX_get0_global_default());
    ERR_clear_error();
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    hmac_sha256 = sha256 ? EVP_MAC_fetch(NULL, "HMAC", NULL) : NULL;
    is_unsupported = !hmac_sha256 && ERR_GET_REASON(ERR_peek_error()) == ERR_R_UNSUPPORTED;
    need(hmac_sha256 || is_unsupported);
}

static void need_algorithms(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fetch_algorithms);
}

enum status sign_check(struct error *error)
{
    need_algorithms();
    if (!is_unsupported)
        return STATUS_OK;
    error_set(error, STATUS_FAILED, "OpenSSL has no SHA-256, with which requests to S3 are signed");
    return error_hint(error, "its configuration (OPENSSL_CONF, or openssl.cnf) must activate the "
                             "default provider");
}

static void sha256_bytes(struct str bytes, unsigned char out[static SHA256_BYTES])
{
    need_algorithms();
    need(EVP_Digest(bytes.data, bytes.len, out, NULL, sha256, NULL));
}

void sha256_text(struct str bytes, char hex[static SHA256_HEX_LEN + 1], char *base64)
{
    unsigned char hash[SHA256_BYTES];
    sha256_bytes(bytes, hash);
    hex_write(hash, SHA256_BYTES, hex);
    hex[SHA256_HEX_LEN] = '\0';
    if (base64)
        EVP_EncodeBlock((unsigned char *)base64, hash, sizeof hash);
}

/* HMAC with `key`, or with the key of the call before where it is NULL. */
static void hmac(EVP_MAC_CTX *context, const void *key, size_t key_len, struct str text,
                 unsigned char out[static SHA256_BYTES])
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    need(EVP_MAC_init(context, key, key_len, key ? params : NULL) &&
         EVP_MAC_update(context, (const unsigned char *)text.data, text.len) &&
         EVP_MAC_final(context, out, NULL, SHA256_BYTES));
}

/* ---- Signing --------------------------------------------------------------------------------- */

static void write_scope(struct signer *signer, const struct sign_request *request)
{
    buffer_reset(&signer->scope);
    buffer_appendf(&signer->scope, "%.8s/%.*s/%.*s/aws4_request", request->amz_date.data,
                   STR_ARG(request->region), STR_ARG(request->service));
}

static void write_signed_names(struct signer *signer, const struct sign_request *request)
{
    buffer_reset(&signer->names);
    for (size_t i = 0; i < request->header_count; i++) {
        if (i)
            buffer_append_char(&signer->names, ';');
        buffer_append_str(&signer->names, request->headers[i].name);
    }
}

static void write_canonical_request(struct signer *signer, const struct sign_request *request)
{
    struct buffer *text = &signer->text;
    buffer_reset(text);
    buffer_appendf(text, "%.*s\n%.*s\n%.*s\n", STR_ARG(request->method), STR_ARG(request->path),
                   STR_ARG(request->query));
    for (size_t i = 0; i < request->header_count; i++)
        buffer_appendf(text, "%.*s:%.*s\n", STR_ARG(request->headers[i].name),
                       STR_ARG(request->headers[i].value));
    buffer_appendf(text, "\n%.*s\n%.*s", STR_ARG(buffer_str(&signer->names)),
                   STR_ARG(request->payload_hash));
}

static void write_string_to_sign(struct signer *signer, const struct sign_request *request)
{
    unsigned char hash[SHA256_BYTES];
    sha256_bytes(buffer_str(&signer->text), hash);
    buffer_reset(&signer->text);
    buffer_appendf(&signer->text, ALGORITHM "\n%.*s\n%.*s\n", STR_ARG(request->amz_date),
                   STR_ARG(buffer_str(&signer->scope)));
    buffer_append_hex(&signer->text, hash, sizeof hash);
}

static void make_signing_key(struct signer *signer, const struct credentials *credentials,
                             const struct sign_request *request)
{
    CLEANUP(buffer_release) struct buffer secret = {0};
    unsigned char key[SHA256_BYTES];
    buffer_appendf(&secret, "AWS4%s", credentials->secret_key);
    hmac(signer->hmac, secret.data, secret.len, (struct str){request->amz_date.data, 8}, key);
    hmac(signer->hmac, key, sizeof key, request->region, key);
    hmac(signer->hmac, key, sizeof key, request->service, key);
    hmac(signer->hmac, key, sizeof key, STR("aws4_request"), key);
    unsigned char unused[SHA256_BYTES];
    hmac(signer->hmac, key, sizeof key, STR(""), unused); /* the context keeps its last key */
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(secret.data, secret.cap);
}

/* Derives the signing key, but only when the day, the region or the key pair has changed. */
static void need_signing_key(struct signer *signer, const struct credentials *credentials,
                             const struct sign_request *request)
{
    CLEANUP(buffer_release) struct buffer wanted = {0};
    unsigned char hash[SHA256_BYTES];
    sha256_bytes(str_of(credentials->secret_key), hash);
    buffer_append_str(&wanted, buffer_str(&signer->scope));
    buffer_append(&wanted, hash, sizeof hash);
    if (str_equal(buffer_str(&wanted), buffer_str(&signer->scope_key)))
        return;
    make_signing_key(signer, credentials, request);
    buffer_set(&signer->scope_key, buffer_str(&wanted));
}

void signer_sign(struct signer *signer, const struct credentials *credentials,
                 const struct sign_request *request, struct buffer *out)
{
    unsigned char signature[SHA256_BYTES];
    write_scope(signer, request);
    write_signed_names(signer, request);
    write_canonical_request(signer, request);
    write_string_to_sign(signer, request);
    need_signing_key(signer, credentials, request);
    hmac(signer->hmac, NULL, 0, buffer_str(&signer->text), signature);
    buffer_appendf(
        out, ALGORITHM " Credential=%s/%.*s,SignedHeaders=%.*s,Signature=", credentials->access_key,
        STR_ARG(buffer_str(&signer->scope)), STR_ARG(buffer_str(&signer->names)));
    buffer_append_hex(out, signature, sizeof signature);
}

struct signer *signer_new(void)
{
    need_algorithms();
    struct signer *signer = mem_zalloc(sizeof *signer);
    signer->hmac = EVP_MAC_CTX_new(hmac_sha256);
    need(signer->hmac != NULL);
    return signer;
}

void signer_free(struct signer *signer)
{
    if (!signer)
        return;
    EVP_MAC_CTX_free(signer->hmac);
    buffer_release(&signer->scope_key);
    buffer_release(&signer->text);
    buffer_release(&signer->scope);
    buffer_release(&signer->names);
    mem_free(signer);
}

/* ---- What is signed -------------------------------------------------------------------------- */

void sign_uri_encode(struct str text, bool keep_slash, struct buffer *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '~' || (c == '/' && keep_slash);
        if (plain)
            buffer_append_char(out, (char)c);
        else
            buffer_append_percent(out, c);
    }
}
