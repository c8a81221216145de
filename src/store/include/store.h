/* store: objects by key, on a disk or in S3.
 *
 * A key is a path relative to the store's root, with '/' between its parts, of which none is empty,
 * "." or "..". No other key is written, moved, deleted, or read from a lake: STATUS_CORRUPT. An
 * object appears whole under its key or not at all. All calls may be made from any thread. Calls
 * that write may return before the bytes are safe: store_flush waits for all of them and reports
 * the first that failed. Errors name the object. */
#ifndef SPARKIFY_STORE_H
#define SPARKIFY_STORE_H

#include <base.h>

struct store;

/* ---- dl.cfg ------------------------------------------------------------------------------ */

/* For what the user should know though nothing failed; `text` is one sentence. */
typedef void note_fn(void *ctx, const char *text);

enum config_path_style {
    CONFIG_PATH_UNSAID, /* as CONFIG_PATH_AUTO */
    CONFIG_PATH_AUTO,   /* the bucket in the host's name on AWS, in the path elsewhere */
    CONFIG_PATH_ON,
    CONFIG_PATH_OFF,
};

/* The two stores of a run. */
enum store_side { STORE_INPUT, STORE_OUTPUT };
#define STORE_SIDES 2

/* What a dl.cfg says of how to reach a store. Borrowed from the file; NULL where it says nothing.
 */
struct config {
    const char *path;    /* of the file; NULL: there is none */
    const char *section; /* where its keys are: "AWS" */
    const char *access_key, *secret_key, *session_token;
    const char *profile, *region, *endpoint;
    enum config_path_style path_style;
    bool no_sign_request;
};

/* A dl.cfg: an ini file. The section [AWS] is for both stores, [INPUT] and [OUTPUT] for one of them
 * alone: each with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, PROFILE, REGION,
 * ENDPOINT, PATH_STYLE and NO_SIGN_REQUEST. [S3] has INPUT and BUCKET. Strings are owned, and NULL
 * where it says nothing. */
#define CONFIG_SECTIONS 3
struct config_file {
    char *path; /* NULL when there is no such file */
    struct config_section {
        char *access_key, *secret_key, *session_token;
        char *profile, *region, *endpoint;
        char *path_style, *no_sign_request; /* "auto", "on", "off"; "yes", "no" */
    } sections[CONFIG_SECTIONS];            /* of the input, of the output, of both */
    char *input, *bucket;
    bool has_secrets; /* read or not */
};
/* A file that is not there says nothing. What is found in other sections, and a file that others
 * may read, is told to `note`. */
NODISCARD enum status config_file_read(const char *path, note_fn *note, void *note_ctx,
                                       struct config_file *out, struct error *error);
void config_file_release(struct config_file *file);
/* What it says of one store. Keys, PROFILE and NO_SIGN_REQUEST=yes go together: where a store's own
 * section has one of them, none is taken from [AWS]. */
struct config config_of(const struct config_file *file, enum store_side side);
/* Whether git keeps versions of the file, by the index of the repository that it is in. Nothing is
 * run. */
bool config_is_tracked(const char *path);

/* ---- Addresses --------------------------------------------------------------------------- */

/* True for s3://, s3a:// and s3n://. */
bool store_address_is_s3(const char *address);
/* The path on this machine that an address means, a part of it. STATUS_USAGE with the form that was
 * meant for what belongs to another kind of store or machine: "s3:/x", "gs://x", "C:\x", "~/x". */
NODISCARD enum status store_address_path(const char *address, const char **out,
                                         struct error *error);

/* Appends the address as messages may show it: without a name, a password or keys before '@', and,
 * of a web address, without what follows a '?'. */
void store_address_show(const char *address, struct buffer *out);

/* ---- Opening ----------------------------------------------------------------------------- */

enum s3_sse {
    S3_SSE_BUCKET, /* as the bucket says */
    S3_SSE_AES256,
    S3_SSE_KMS,
    S3_SSE_KMS_DSSE,
};

/* 60 s; 5 s while nobody has answered yet, and 20 s for an answer to begin. */
#define S3_RETRY_DEFAULT UINT32_MAX

/* How to reach a store. All but `threads` is for S3. Everything is borrowed until the store is
 * freed; what is NULL or 0 is found as `store_options_default` says. */
struct store_options {
    unsigned threads;     /* that may work on one call */
    unsigned connections; /* requests at once */
    const char *endpoint; /* "https://host:port", or "aws"; NULL: dl.cfg, the environment, the
                           * profile, AWS */
    const char *region;   /* NULL: dl.cfg, the environment, the profile, us-east-1 */
    const char *profile;  /* NULL: dl.cfg, AWS_PROFILE, "default" */
    const char *ca_file;  /* certificates to trust; NULL: the environment, the system's */
    enum config_path_style path_style;
    bool no_sign_request;
    bool request_payer;         /* who asks pays: x-amz-request-payer */
    enum s3_sse sse;            /* how the store encrypts what is put */
    const char *sse_kms_key_id; /* NULL: the account's own key */
    bool create_bucket;         /* an output's bucket is made where there is none */
    unsigned retry_seconds;     /* how long a request that fails is tried again, and an answer may
                                 * take to begin */
    const struct config *config;
    const struct store *keys_of; /* an open store, without requests: its keys are taken, too, where
                                  * they were looked for in the same way; used by the call alone */
    note_fn *note;               /* may be NULL; called on any thread, one at a time for a store */
    void *note_ctx;
    const atomic_bool *cancel; /* ends the requests under way once it is true */
};
/* One thread, 128 connections, S3_RETRY_DEFAULT. */
struct store_options store_options_default(void);

/* The store at a path, a file:// or an s3:// address. STATUS_NOT_FOUND, STATUS_NOT_A_FOLDER or
 * STATUS_DENIED when a disk's root cannot be read; a bucket is not asked before it is used. */
NODISCARD enum status store_open(const char *address, const struct store_options *options,
                                 struct store **out, struct error *error);
/* The same for a lake, which need be read alone: on a disk nothing below its root is followed if it
 * is a link. The root itself may be one. */
NODISCARD enum status store_open_lake(const char *address, const struct store_options *options,
                                      struct store **out, struct error *error);
/* The same for writing a lake: a disk's root need not be there yet (its folders are made by the
 * first put); a bucket must be, or be made by `create_bucket`. */
NODISCARD enum status store_open_output(const char *address, const struct store_options *options,
                                        struct store **out, struct error *error);
/* A store that holds what `inner` holds, or nothing where that is NULL, and to which nothing is
 * written: puts, moves and deletes succeed and change nothing. `inner` is borrowed. */
struct store *store_dry_new(struct store *inner);
/* Gives up what is under way. */
void store_free(struct store *store);
/* The address as the user gave it, for messages. */
const char *store_address(const struct store *store);
/* The canonical place of the root ("/data/lake", "s3://host/bucket/prefix"), for telling whether
 * two stores overlap; where a disk's root is not there yet, that of the nearest folder above it and
 * the rest. */
const char *store_location(const struct store *store);

/* What was asked of a server so far; zero for a disk. */
struct store_counts {
    uint64_t requests, retries; /* retries are among the requests */
    uint64_t bytes_sent, bytes_received;
};
struct store_counts store_counts(const struct store *store);

/* ---- How a store is reached, for 'doctor' -------------------------------------------------- */

/* Looks for keys as store_open does. What each place said is appended to `said`, a line for each,
 * the one that had them last; no secrets are in it. */
NODISCARD enum status keys_explain(const struct store_options *options, struct buffer *said,
                                   struct error *error);

/* The certificates to trust of servers, where the user names none: the file of SSL_CERT_FILE; where
 * libcurl has no place built in, the first that is there of those that distributions have. NULL:
 * libcurl's own place. Borrowed. */
const char *http_system_ca_file(void);

/* Whether both would find the same. */
bool keys_are_same(const struct store_options *a, const struct store_options *b);

/* As far as the answers so far have told, while no request is under way. */
struct store_facts {
    bool is_remote;    /* else nothing else is set */
    char address[512]; /* "https://bucket.s3.us-east-1.amazonaws.com" */
    char region[64];
    bool has_clock;
    int64_t clock_ahead_s; /* the server's clock, of ours */
};
void store_look(const struct store *store, struct store_facts *out);

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
    char *access_key, *secret_key, *session_token; /* as they are now; never to be printed */
};
/* While no request is under way. */
void s3_access_get(const struct store *store, struct s3_access *out);
void s3_access_release(struct s3_access *access);

/* ---- Listing ----------------------------------------------------------------------------- */

struct store_object {
    struct str key;
    uint64_t size_bytes;
    struct str version; /* S3: the ETag, which tells whether it has changed; null on a disk */
    uint64_t identity;  /* another one once it has changed: of the ETag, or of inode and time */
};

/* Objects in the byte order of their keys. */
struct store_listing {
    struct store_object *objects;
    size_t count, cap;
    bool has_empty_folder; /* somewhere; in S3 there are no folders */
    struct arena arena;    /* the keys */
};
void store_listing_release(struct store_listing *listing);

enum store_list_which {
    STORE_LIST_VISIBLE, /* not what has a name, or is in a folder with a name, that begins with
                         * '_' or '.' below the prefix: the rule for input */
    STORE_LIST_ALL,     /* where others may write: what vanishes meanwhile is left out */
};
/* What to list: all objects below the folder `prefix` ("" is the root), at any depth. */
struct store_list {
    const char *prefix;
    enum store_list_which which;
    struct store_listing *out;
};
/* Lists several folders at once. One that is not there holds nothing: an empty listing and
 * STATUS_OK. On a disk the links of an input are followed, and a link in a lake is an error that
 * names it; so is a loop of links, a folder that links lead to in too many ways, and a thing that
 * is neither file nor folder. In S3 an object whose key ends in '/' stands for a folder, and is
 * left out; STORE_LIST_ALL lists uploads that were not finished, too: as temporaries. */
NODISCARD enum status store_list_all(struct store *store, struct store_list *lists, size_t count,
                                     struct error *error);
/* One of them. */
NODISCARD enum status store_list(struct store *store, const char *prefix,
                                 enum store_list_which which, struct store_listing *out,
                                 struct error *error);
/* The names directly in a folder, sorted, folders with a '/' at their end, at most `limit` of them;
 * as text "a, b/, c and 12 more" for messages. */
void store_describe_folder(struct store *store, const char *prefix, size_t limit,
                           struct buffer *out);

/* ---- Reading ----------------------------------------------------------------------------- */

/* A read of an object's bytes [offset, offset + length), fewer where the object ends before that.
 * The object is as a listing gave it, and outlives the read; that of a read which is dropped
 * outlives the store. */
struct store_read;
/* May be under way from now on. */
struct store_read *store_read_begin(struct store *store, const struct store_object *object,
                                    uint64_t offset, size_t length);
/* Appends the bytes to `out`, and frees the read, also on failure. STATUS_NOT_FOUND when the object
 * is gone, STATUS_CHANGED when it is known to be another than was listed. */
NODISCARD enum status store_read_finish(struct store_read *read, struct buffer *out,
                                        struct error *error);
/* Gives the read up; NULL is fine. */
void store_read_drop(struct store_read *read);
/* Both at once. */
NODISCARD enum status store_get(struct store *store, const struct store_object *object,
                                uint64_t offset, size_t length, struct buffer *out,
                                struct error *error);

/* How much it pays to read ahead: so many reads that were begun and are not finished, with so many
 * bytes; none on a disk. */
struct store_ahead {
    size_t reads, bytes;
};
struct store_ahead store_reads_ahead(const struct store *store);

/* ---- Writing ----------------------------------------------------------------------------- */

/* Tries, and leaves nothing behind, whether objects can be put only if they are absent, where that
 * depends on more than the kind of store: STATUS_FAILED where the file system of a disk can neither
 * link nor rename without replacing. */
NODISCARD enum status store_probe(struct store *store, struct error *error);

/* Puts a whole small object; `bytes` are copied or written before the call returns. It must be new:
 * STATUS_EXISTS where a store notices that its name is taken. A disk does, also where its file
 * system takes the name for another one, and the message names both. */
NODISCARD enum status store_put(struct store *store, struct str key, struct str bytes,
                                struct error *error);
/* The same in place of an object that may be there. */
NODISCARD enum status store_replace(struct store *store, struct str key, struct str bytes,
                                    struct error *error);
/* Puts an object only where none of that key is: STATUS_EXISTS when there is one. It is there
 * when the call returns. Of several that try at once one wins, if the store can tell. */
NODISCARD enum status store_put_if_absent(struct store *store, struct str key, struct str bytes,
                                          struct error *error);

/* An object put in parts. It does not appear before it is finished. */
struct store_upload;
NODISCARD enum status store_upload_begin(struct store *store, struct str key,
                                         struct store_upload **out, struct error *error);
NODISCARD enum status store_upload_write(struct store_upload *upload, struct str bytes,
                                         struct error *error);
/* Makes the object appear, and frees the upload, also on failure. It must be new, as with
 * store_put.
 */
NODISCARD enum status store_upload_finish(struct store_upload *upload, struct error *error);
/* The same in place of an object that may be there. */
NODISCARD enum status store_upload_replace(struct store_upload *upload, struct error *error);
/* Gives the upload up: nothing of it stays. */
void store_upload_abort(struct store_upload *upload);

/* Makes `key` of an object that somebody else has put into this store. In S3 a copy is made, of at
 * most 5 GiB, and the old object stays: delete it once the copies have been flushed. */
NODISCARD enum status store_move(struct store *store, const struct store_object *from,
                                 struct str key, struct error *error);

/* Says of an object that was put when it is from, in milliseconds since 1970, for programs that go
 * by it; what cannot be changed stays. For stores that let us: in S3 it is the server's clock. */
void store_set_time(struct store *store, struct str key, int64_t time_ms);

/* Whether store_probe has found that a disk's file system takes some names for others: it folds
 * case, or normalises Unicode. */
bool store_folds_names(const struct store *store);
/* Then: checks that objects that were put below the folder `prefix` are listed under their very
 * keys. STATUS_EXISTS, with both keys, where one was put into the folder of another one. */
NODISCARD enum status store_check_names(struct store *store, const char *prefix,
                                        const struct str *keys, size_t count, struct error *error);

/* Waits until everything put so far is on durable storage. */
NODISCARD enum status store_flush(struct store *store, struct error *error);

/* Deletes the objects; one that is already gone is no error. On a disk the folders that this leaves
 * empty go too, up to the store's root. */
NODISCARD enum status store_delete(struct store *store, const struct str *keys, size_t count,
                                   struct error *error);

/* Removes the empty folders below `prefix`, and itself if it is empty, as failed puts may have left
 * them; what cannot be removed stays. For stores that have folders. */
void store_prune(struct store *store, const char *prefix);

/* Whether it is well-formed: its parts between '/' are neither empty nor "." or "..", and no byte
 * is 0. */
bool store_is_key(struct str key);
/* True for what an unfinished put or upload of ours may have left behind ("….tmp"). */
bool store_is_temporary(struct str key);
/* The key that a temporary was to become: for "a/.x.tmp" it is "a/x", and for what was put only if
 * absent, "a/.x.0123456789abcdef.tmp", too. */
struct str store_temporary_target(struct str key, struct buffer *scratch);

#endif
