/* store: objects by key, on a disk or in another kind of store (store_kind.h), such as S3.
 *
 * A key is a path relative to the store's root, with '/' between its parts, of which none is empty,
 * "." or "..". No other key is written, moved, deleted, or read from a lake: STATUS_CORRUPT. An
 * object appears whole under its key or not at all. All calls may be made from any thread. Calls
 * that write may return before the bytes are safe: store_flush waits for all of them and reports
 * the first that failed. Errors name the object. */
#pragma once

#include <base.h>

struct store;

/* The two stores of a run, as indexes. */
enum store_side { STORE_INPUT, STORE_OUTPUT };
#define STORE_SIDES 2

/* ---- Addresses --------------------------------------------------------------------------- */

/* *out is the path on this machine that an address means, borrowed from the address.
 * STATUS_USAGE for one of another kind of store or machine ("s3:/x", "gs://x", "C:\x", "~/x"),
 * with the form that was probably meant. */
NODISCARD enum status store_address_path(const char *address, const char **out,
                                         struct error *error);

/* ---- Opening ----------------------------------------------------------------------------- */

struct store_options {
    unsigned threads;          /* that may work on one call */
    const atomic_bool *cancel; /* ends a listing of an input once it is true; may be NULL */
};

/* What a store is opened for. */
enum store_use {
    STORE_USE_INPUT, /* to be read; on a disk links are followed */
    STORE_USE_LAKE,  /* a lake that is only read: nothing below its root is followed if it is a link
                      */
    STORE_USE_OUTPUT, /* a lake that is written: its root need not be there yet, and is made by the
                         first put */
};
/* The store on a disk at a path or a file:// address, whose root may be a link; s3.h opens one at
 * any address. STATUS_NOT_FOUND, STATUS_NOT_A_FOLDER or STATUS_DENIED when its root cannot be read.
 */
NODISCARD enum status store_open(const char *address, enum store_use use,
                                 const struct store_options *options, struct store **out,
                                 struct error *error);
/* A store that holds what `inner` holds, or nothing where that is NULL, and to which nothing is
 * written: puts, moves and deletes succeed and change nothing. `inner` is borrowed. */
struct store *store_dry_new(struct store *inner);
/* Frees the store; requests under way are stopped. NULL is fine. */
void store_free(struct store *store);
/* For CLEANUP. */
static inline void store_drop(struct store **store)
{
    store_free(*store);
}
/* The address as the user gave it, for messages. */
const char *store_address(const struct store *store);
/* The canonical location of the root ("/data/lake", "s3://host/bucket/prefix"), by which
 * overlapping stores are found; where a disk's root does not exist yet, that of the nearest
 * folder above it and the rest of the path. */
const char *store_location(const struct store *store);

/* Requests to a server so far; zero for a disk. */
struct store_counts {
    uint64_t requests, retries; /* retries are among the requests */
    uint64_t bytes_sent, bytes_received;
};
struct store_counts store_counts(const struct store *store);

/* Whether its objects are on a server, and not on a disk. */
bool store_is_remote(const struct store *store);

/* ---- Listing ----------------------------------------------------------------------------- */

struct store_object {
    struct str key;
    uint64_t size_bytes;
    struct str version; /* S3: the ETag, which tells whether it has changed; null on a disk */
    uint64_t identity;  /* changes with the object: a hash of the ETag, or of inode and time */
};

/* Objects in the byte order of their keys. */
struct store_listing {
    struct store_object *objects;
    size_t count, cap;
    bool has_empty_folder; /* somewhere; in S3 there are no folders */
    struct arena arena;    /* the keys */
};
void store_listing_release(struct store_listing *listing);
/* The object of this key; NULL where there is none. */
const struct store_object *store_listing_find(const struct store_listing *listing, struct str key);

enum store_list_which {
    STORE_LIST_VISIBLE, /* without objects of which a part of the key below the prefix begins with
                           '_' or '.': the rule for input */
    STORE_LIST_ALL,     /* where others may write: objects that vanish meanwhile are skipped */
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
/* Lists one folder. */
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
/* Begins a read, which may go on in the background. */
struct store_read *store_read_begin(struct store *store, const struct store_object *object,
                                    uint64_t offset, size_t length);
/* Appends the bytes to `out`, and frees the read, also on failure. STATUS_NOT_FOUND when the object
 * is gone, STATUS_CHANGED when it is known to be another than was listed. */
NODISCARD enum status store_read_finish(struct store_read *read, struct buffer *out,
                                        struct error *error);
/* Gives the read up; NULL is fine. */
void store_read_drop(struct store_read *read);
/* Begins and finishes a read. */
NODISCARD enum status store_get(struct store *store, const struct store_object *object,
                                uint64_t offset, size_t length, struct buffer *out,
                                struct error *error);

/* How many reads, of how many bytes in all, are worth having under way at once; none on a disk. */
struct store_ahead {
    size_t reads, bytes;
};
struct store_ahead store_reads_ahead(const struct store *store);

/* ---- Writing ----------------------------------------------------------------------------- */

/* Tries whether store_put_if_absent works, where that depends on more than the kind of store,
 * and leaves nothing behind: STATUS_FAILED where the file system of a disk can neither link nor
 * rename without replacing. */
NODISCARD enum status store_probe(struct store *store, struct error *error);

/* Puts a whole small object; `bytes` are copied or written before the call returns. The object
 * must be new: STATUS_EXISTS on a disk that has one of this name, or of another name that its
 * file system does not tell apart; the message names both. */
NODISCARD enum status store_put(struct store *store, struct str key, struct str bytes,
                                struct error *error);
/* The same, but the object may appear only with the next store_flush, and is deleted only after
 * that. A disk writes those of folders that are new below `folder` until then, which is the
 * caller's alone, and known to it if it crashes; while it is not empty, those of another `folder`
 * appear at once. */
NODISCARD enum status store_put_later(struct store *store, struct str key, struct str bytes,
                                      const char *folder, struct error *error);
/* As store_put, but replaces an object that may be there. */
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
/* The same, but replaces an object that may be there. */
NODISCARD enum status store_upload_replace(struct store_upload *upload, struct error *error);
/* Gives the upload up, and frees it: nothing of it stays. NULL is fine. */
void store_upload_abort(struct store_upload *upload);

/* Moves an object that another program has put into this store to `key`. In S3 it is copied (5
 * GiB at most), and the old object stays: delete it once the copies have been flushed. */
NODISCARD enum status store_move(struct store *store, const struct store_object *from,
                                 struct str key, struct error *error);

/* Sets the modification time of an object, in milliseconds since 1970, for programs that use it.
 * Failures are ignored; nothing is done in S3, where the server sets it. */
void store_set_time(struct store *store, struct str key, int64_t time_ms);

/* Whether store_probe has found that a disk's file system does not tell all names apart: it
 * folds case, or normalises Unicode. */
bool store_folds_names(const struct store *store);
/* Where store_folds_names: checks that objects that were put below the folder `prefix` are
 * listed under exactly their keys. STATUS_EXISTS, with both keys, where one was put into the
 * folder of another one. */
NODISCARD enum status store_check_names(struct store *store, const char *prefix,
                                        const struct str *keys, size_t count, struct error *error);

/* Waits until everything put so far has appeared and is on durable storage. */
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
/* A key cut after its last '/': "a/b/x" is "a/b/" and "x". */
struct str store_key_folder(struct str key);
struct str store_key_name(struct str key);
/* True for the names of temporaries, which unfinished puts and uploads leave behind ("….tmp"). */
bool store_is_temporary(struct str key);
/* The key that a temporary was to become: for "a/.x.tmp" it is "a/x", and for what was put only if
 * absent, "a/.x.0123456789abcdef.tmp", too. */
struct str store_temporary_target(struct str key, struct buffer *scratch);
