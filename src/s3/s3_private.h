/* The S3 store, private to this layer.
 *
 *   s3_address.c   s3://bucket/prefix, and the host that has it
 *   s3_request.c   a request: its path, headers and signature; sending it and waiting for it
 *   s3_retry.c     what follows a try: done, try again, or failed for good
 *   s3_failure.c   the error of a request that failed for good
 *   s3_errors.c    the service's error codes: what they mean, and what to do
 *   s3_page.c      what is in the answers to listings
 *   s3_list.c, s3_read.c, s3_put.c, s3_upload.c, s3_uploads.c, s3_delete.c, s3_bucket.c
 *                  the store's calls */
#pragma once

#include <http.h>
#include <s3.h>
#include <sign.h>
#include <store_kind.h>
#include <xml.h>

/* Amazon S3 User Guide, "Multipart upload limits": but for the last, parts have 5 MiB at least, and
 * there are 10,000 of them at most. Other stores (Cloudflare R2) take parts of one size alone, so
 * that an object has 78 GiB at most. */
#define S3_PART_BYTES ((size_t)8 << 20)
#define S3_MAX_PARTS  10000
/* Amazon S3 User Guide, "Amazon S3 objects overview": an object has 50 TB at most. */
#define S3_MAX_OBJECT_BYTES ((uint64_t)50 << 40)

/* Where requests go. */
struct s3_location {
    char *bucket;
    char *prefix;    /* "" or "a/b/" */
    char *authority; /* "host:port" of the endpoint; NULL: AWS, where the region names the host */
    const char *scheme; /* "https", "http" */
    bool bucket_in_path;
};
NODISCARD enum status s3_location_init(struct s3_location *location, const char *address,
                                       const char *endpoint, enum config_path_style style,
                                       struct error *error);
void s3_location_release(struct s3_location *location);
/* Appends the authority of the location in a region: what stands in the url and the Host header. */
void s3_location_authority(const struct s3_location *location, const char *region,
                           struct buffer *out);

struct s3 {
    struct store store;
    struct s3_options options;
    struct s3_location location;
    struct http *http;
    char *ca_file;              /* options.keys.ca_file */
    bool is_endpoint_of_config; /* only dl.cfg names it */
    bool is_retry_given;        /* how long to try again, by the user */
    struct {
        /* Only the loop's thread touches these once requests are sent. */
        struct signer *signer;
        bool is_signed;
        struct credentials credentials;
        int64_t renew_s; /* when to ask for new ones; 0: never */
        char *region;
        bool has_clock;            /* some answer had a Date */
        int64_t clock_ahead_s;     /* the server's clock, of ours: by the first of these */
        bool is_clock_set;         /* requests are signed with the server's time */
        bool is_answered;          /* a server has answered a request */
        uint64_t given_up_ns;      /* when the time for retries of some request ran out */
        bool has_no_checksums;     /* the server does not accept them */
        bool has_wrong_if_match;   /* the server refuses what has not changed */
        bool etags_are_not_hashes; /* an ETag is not the MD5 of the body */
        bool is_sse_told;          /* the note about --sse was given */
        unsigned config_epoch;     /* how often the clock, the keys or the region was set anew */
        uint64_t random;
    } loop;
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t
            changed; /* signalled when a request that is waited for, or a put, has ended */
        size_t put_bytes, puts; /* under way */
        struct error *failure;  /* of the first put that failed */
    } shared;
    /* Without ListObjectsV2, without DeleteObjects: the server does not know them. */
    atomic_bool lists_by_marker, deletes_one_by_one;
};

static inline struct s3 *s3_of(struct store *store)
{
    return (struct s3 *)store;
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* What a request does, for messages and for the meaning of error codes. */
enum s3_action {
    S3_LIST,
    S3_READ,
    S3_WRITE,
    S3_DELETE,
    S3_BUCKET, /* the bucket itself */
};

struct s3_request {
    struct http_request http; /* first: the loop knows this alone */
    struct s3 *s3;
    enum s3_action action;
    struct buffer key;   /* whole, with the store's prefix; empty: the bucket */
    struct buffer query; /* encoded and sorted */
    struct buffer body;  /* http.body borrows it */
    char payload_hash[SHA256_HEX_LEN + 1];

    /* Headers; those that are empty are not sent. */
    char range[64];
    struct buffer copy_source; /* "/bucket/key", encoded */
    struct str if_match;       /* borrowed */
    bool without_if_match;     /* after the server has refused it once */
    bool if_none_match;
    bool has_checksum; /* x-amz-checksum-sha256, or Content-MD5 where the server does not accept
                          that */
    bool announces_checksum; /* of the parts: x-amz-checksum-algorithm, where the server accepts it
                              */
    bool wants_md5;          /* Content-MD5, where there is MD5, else the checksum */
    bool is_stored;          /* the object has what --sse asks for */
    /* With the last try. */
    bool sent_checksum, sent_if_match;
    char checksum[SHA256_BASE64_LEN + 1]; /* of the body */

    bool is_optional; /* its failure does not shorten the tries of other requests */
    /* Checks an answer of status 2xx on the loop's thread: what is wrong with it, or NULL. NULL:
     * there is nothing to check. */
    const char *(*check)(struct s3_request *request);
    bool is_not_s3;   /* from check: it is no answer of S3, rather than a piece of one */
    bool has_changed; /* from check: the object is not the one that was listed */
    void *ctx;        /* of check and done */
    /* Called on the loop's thread when the request has ended; NULL: s3_request_wait is called
     * instead. */
    void (*done)(struct s3_request *request);

    uint64_t sent_ns;
    uint64_t failed_ns; /* when the first try failed; 0: none has */
    unsigned redirects, not_s3_answers;
    unsigned config_epoch; /* loop.config_epoch, when the last try was made */
    bool is_renewed;
    char body_md5[33]; /* what does not agree with the ETag */

    enum status status;
    struct error *error;  /* set when the status is not OK */
    bool is_unknown_call; /* the server does not know such requests, as far as its answer tells */
    bool is_over;         /* under the store's mutex */
    bool is_awaited;
};

/* A request of the bucket, or of the object with this key below the store's prefix when it is not
 * null. */
struct s3_request *s3_request_new(struct s3 *s3, enum s3_action action, const char *method,
                                  struct str key);
/* Appends "&name=value" to the query: in the order of the names. */
void s3_request_query(struct s3_request *request, const char *name, struct str value);
/* Ends the body: what was put into request->body is sent. */
void s3_request_body(struct s3_request *request);
void s3_request_free(struct s3_request *request);

/* Tells the options' `note`. */
void s3_note(const struct s3 *s3, const char *text);
/* Sets when the current credentials are to be renewed. */
void s3_renewal_plan(struct s3 *s3, int64_t now_s);

/* Sends it; `done` or s3_request_wait ends it. */
void s3_request_send(struct s3_request *request);
NODISCARD enum status s3_request_wait(struct s3_request *request, struct error *error);
/* Sends it and waits. */
NODISCARD enum status s3_request_call(struct s3_request *request, struct error *error);
/* The same, and frees it. */
NODISCARD enum status s3_request_finish(struct s3_request *request, struct error *error);

/* Gives a request up: it is not tried again, and `done` is called at its end. False, and nothing
 * done, for one that has ended already, and for NULL. */
bool s3_request_drop(struct s3_request *request, void (*done)(struct s3_request *request));

/* s3_retry.c: http_request's next_try_ms. */
int64_t s3_next_try_ms(struct http_request *http);
/* s3_failure.c: ends a request with an error, "cannot read s3://bucket/key: …"; returns HTTP_OVER.
 */
int64_t s3_request_fail(struct s3_request *request, enum status status, const char *format, ...)
    PRINTF(3, 4);

/* ---- Errors ---------------------------------------------------------------------------------- */

/* What to do about an answer that is not 2xx. */
enum s3_remedy {
    S3_FINAL,
    S3_TRY_AGAIN,
    S3_SLOW_DOWN,   /* and try again */
    S3_SET_CLOCK,   /* from the answer's Date, once */
    S3_RENEW,       /* the credentials, once */
    S3_MOVE,        /* to the region that the answer names */
    S3_NO_CHECKSUM, /* the server does not accept them */
    S3_NO_IF_MATCH, /* without it: the answer's ETag is compared with the listed one */
};

/* The body of an error (Amazon S3 API Reference, "Error responses"). */
struct s3_error {
    char code[64], message[768], region[64];
    bool is_page; /* the body is no error of S3: of a proxy or another server */
};
/* Copies the text of an element into its field: Code, Message or Region. */
void s3_error_set_text(struct s3_error *error, const char *element, struct str text);
/* From the answer: its XML, else its status. */
void s3_error_read(const struct s3_request *request, struct s3_error *out);
enum s3_remedy s3_error_remedy(const struct s3_request *request, const struct s3_error *error);
/* Sets the request's error for good. */
int64_t s3_error_fail(struct s3_request *request, const struct s3_error *error);

/* ---- The store's calls, as store_kind.h has them ------------------------------------------ */

enum status s3_list(struct store *store, struct store_list *lists, size_t count,
                    struct error *error);
void s3_describe_folder(struct store *store, const char *prefix, size_t limit, struct buffer *out);
struct store_read *s3_read_begin(struct store *store, const struct store_object *object,
                                 uint64_t offset, size_t length);
enum status s3_read_finish(struct store_read *read, struct buffer *out, struct error *error);
void s3_read_drop(struct store_read *read);
enum status s3_put(struct store *store, struct str key, struct str bytes, struct error *error);
enum status s3_put_if_absent(struct store *store, struct str key, struct str bytes,
                             struct error *error);
enum status s3_upload_begin(struct store *store, struct str key, struct store_upload **out,
                            struct error *error);
enum status s3_upload_write(struct store_upload *upload, struct str bytes, struct error *error);
enum status s3_upload_finish(struct store_upload *upload, struct error *error);
void s3_upload_abort(struct store_upload *upload);
enum status s3_move(struct store *store, const struct store_object *from, struct str key,
                    struct error *error);
enum status s3_flush(struct store *store, struct error *error);
enum status s3_delete(struct store *store, const struct str *keys, size_t count,
                      struct error *error);

/* ---- What these share ------------------------------------------------------------------------ */

/* s3_put.c: a check of answers to requests that store an object: they have an ETag. */
const char *s3_etag_check(struct s3_request *request);

/* s3_list.c: false for a key with an empty part, '.', '..' or a control byte: no run writes one,
 * and a store with files behind it may confuse it with another key. */
bool s3_key_is_sound(struct str key);

/* s3_read.c: what tells two ETags apart: without W/ and quotes (RFC 9110, section 8.8.3.2). */
struct str s3_etag_value(struct str etag);

/* s3_put.c: waits until a count of what is under way, of s3->shared or below its mutex, is 0; fails
 * when a put has failed. */
NODISCARD enum status s3_put_wait(struct s3 *s3, const size_t *under_way, struct error *error);
/* s3_put.c: waits until there is room for a put of so many bytes, and counts it in; fails when an
 * earlier one has failed. */
NODISCARD enum status s3_put_enter(struct s3 *s3, size_t bytes, struct error *error);
/* It is over: its error, if any, is kept for the next call, *under_way, if not NULL, is one less,
 * and the request is freed. On the loop's thread. */
void s3_put_leave(struct s3_request *request, size_t *under_way);
/* The same, as the request's `done`. */
void s3_put_is_over(struct s3_request *request);
/* Puts the whole object in the background; takes the body. */
NODISCARD enum status s3_put_body(struct s3 *s3, struct str key, struct buffer *body,
                                  struct error *error);

/* s3_uploads.c: adds the multipart uploads below the store's prefix whose keys begin with `prefix`,
 * and that are neither complete nor aborted; their versions are the uploads' ids. */
NODISCARD enum status s3_uploads_list(struct s3 *s3, const char *prefix, struct store_listing *out,
                                      struct error *error);
NODISCARD enum status s3_upload_discard(struct s3 *s3, struct str key, struct str upload_id,
                                        struct error *error);
/* Aborts all of them of this key, but for the one with the id `kept`. */
NODISCARD enum status s3_uploads_abort(struct s3 *s3, const char *key, struct str kept,
                                       struct error *error);

/* s3_bucket.c: makes the output's bucket where there is none. */
NODISCARD enum status s3_bucket_ensure(struct s3 *s3, struct error *error);
