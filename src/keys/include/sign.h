/* sign: AWS Signature Version 4 of requests, and the hashes and the encoding that it needs. */
#pragma once

#include <keys.h>

#define SHA256_HEX_LEN    64
#define SHA256_BASE64_LEN 44
/* The payload's hash of a request without a body. */
#define SHA256_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* A header that is signed: the name in lower case, the value without blanks around it. */
struct sign_header {
    struct str name, value;
};

struct sign_request {
    struct str method;
    struct str path;  /* as it goes onto the wire: percent-encoded once */
    struct str query; /* encoded, sorted by name; "name=" where there is no value */
    const struct sign_header *headers; /* all that are signed, sorted by name: with host,
                                        * x-amz-content-sha256, x-amz-date and, where there is a
                                        * session token, x-amz-security-token */
    size_t header_count;
    struct str payload_hash; /* SHA-256 of the body in hex, or "UNSIGNED-PAYLOAD" */
    struct str region, service;
    struct str amz_date; /* "20181101T120000Z", as in the header x-amz-date */
};

/* STATUS_FAILED when libcrypto has no SHA-256 here. To be called before all that follows. */
NODISCARD enum status sign_check(struct error *error);

/* Keeps the signing key of the day, and libcrypto's contexts. Used by one
 * thread at a time. */
struct signer;
struct signer *signer_new(void);
void signer_free(struct signer *signer);

/* Appends the value of the Authorization header. */
void signer_sign(struct signer *signer, const struct credentials *credentials,
                 const struct sign_request *request, struct buffer *out);

/* The SHA-256 of the bytes, in hex, and in base64 (SHA256_BASE64_LEN + 1 bytes) unless that is
 * NULL; terminated. For any thread. */
void sha256_text(struct str bytes, char hex[static SHA256_HEX_LEN + 1], char *base64);

/* Appends `text` percent-encoded as signatures want it (RFC 3986, section 2.3: all but
 * A-Za-z0-9-_.~, in upper case); a '/' stays as it is when `keep_slash`. */
void sign_uri_encode(struct str text, bool keep_slash, struct buffer *out);
