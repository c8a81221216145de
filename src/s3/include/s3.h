/* s3: objects in buckets behind Amazon's REST API, on AWS or elsewhere, as a kind of store; and the
 * opening of a store at any address, in S3 or on a disk. All that is done with a store then is in
 * store.h. */
#pragma once

#include <keys.h>
#include <store.h>

enum s3_sse {
    S3_SSE_BUCKET, /* as the bucket says */
    S3_SSE_AES256,
    S3_SSE_KMS,
    S3_SSE_KMS_DSSE,
};

/* 60 s; 5 s while nobody has answered yet, and 20 s for an answer to begin. */
#define S3_RETRY_DEFAULT UINT32_MAX

/* How to reach a store at any address: `threads` and `keys.cancel` are for a disk, too, all else is
 * for S3. Everything is borrowed until the store is freed. */
struct s3_options {
    unsigned threads;           /* that may work on one call */
    unsigned connections;       /* requests at once */
    bool request_payer;         /* who asks pays: x-amz-request-payer */
    enum s3_sse sse;            /* how the store encrypts what is put */
    const char *sse_kms_key_id; /* NULL: the account's own key */
    bool create_bucket;         /* an output's bucket is made where there is none */
    unsigned retry_seconds;     /* how long a request that fails is tried again, and an answer may
                                 * take to begin */
    struct keys_options keys;
    const struct store *keys_of; /* an open store, without requests: its keys are copied where they
                                  * were looked for in the same way; used by the call alone */
};
/* One thread, 128 connections, S3_RETRY_DEFAULT. */
struct s3_options s3_options_default(void);

/* The store at an s3://, s3a:// or s3n:// address; at any other it is store_open's. A bucket is not
 * asked before it is used; that of STORE_USE_OUTPUT must be there, or be made by `create_bucket`.
 * STATUS_USAGE for an address, an endpoint or a region that is none, STATUS_DENIED when there are
 * no keys. */
NODISCARD enum status s3_store_open(const char *address, enum store_use use,
                                    const struct s3_options *options, struct store **out,
                                    struct error *error);

/* How the store is reached, as far as the answers so far have shown. Read while no request is
 * under way. */
struct s3_facts {
    char address[512]; /* "https://bucket.s3.us-east-1.amazonaws.com" */
    char region[64];
    bool has_clock;
    int64_t clock_ahead_s; /* the server's clock, of ours */
};
/* False, and *out unchanged, for a store that is not in S3. */
bool s3_facts_get(const struct store *store, struct s3_facts *out);

/* What another client needs to reach the same objects. Strings are owned, and NULL where there is
 * nothing to say. */
struct s3_access {
    bool is_remote; /* else nothing else is set */
    char *url;      /* "s3://bucket/prefix" */
    char *endpoint; /* "https://host:port"; NULL: AWS */
    char *region;
    bool bucket_in_path;
    bool is_signed;
    bool request_payer;
    enum s3_sse sse;
    char *sse_kms_key_id;
    struct credentials keys; /* as they are now; never to be printed */
};
/* While no request is under way. */
void s3_access_get(const struct store *store, struct s3_access *out);
void s3_access_release(struct s3_access *access);
