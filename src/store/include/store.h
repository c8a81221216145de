/* store: objects by key, on a disk (S3 stands behind the same interface).
 *
 * A key is a path relative to the store's root, with '/' between its parts and no '/' at either
 * end. An object appears whole under its key or not at all. All calls may be made from any thread.
 * Calls that write may return before the bytes are safe: store_flush waits for all of them and
 * reports the first that failed. Errors name the object. */
#ifndef SPARKIFY_STORE_H
#define SPARKIFY_STORE_H

#include <base.h>

struct store;

/* The store at a path or file:// address. `threads` is how many threads may work on one call.
 * STATUS_NOT_FOUND, STATUS_NOT_A_FOLDER or STATUS_DENIED when the root cannot be read. */
NODISCARD enum status store_open(const char *address, unsigned threads, struct store **out,
                                 struct error *error);
/* The same for writing: the root need not be there yet (its folders are made by the first put). */
NODISCARD enum status store_open_output(const char *address, unsigned threads, struct store **out,
                                        struct error *error);
void store_free(struct store *store);
/* The address as the user gave it, for messages. */
const char *store_address(const struct store *store);
/* The canonical place of the root ("/data/lake"), for telling whether two stores overlap; where
 * the root is not there yet, that of the nearest folder above it and the rest. */
const char *store_location(const struct store *store);

/* ---- Listing ----------------------------------------------------------------------------- */

struct store_object {
    struct str key;
    uint64_t size_bytes;
};

/* Objects in the byte order of their keys. */
struct store_listing {
    struct store_object *objects;
    size_t count, cap;
    struct arena arena; /* the keys */
};
void store_listing_release(struct store_listing *listing);

enum store_list_which {
    STORE_LIST_VISIBLE, /* not what has a name, or is in a folder with a name, that begins with
                         * '_' or '.' below the prefix: the rule for input */
    STORE_LIST_ALL,
};
/* All objects below the folder `prefix` ("" is the root), at any depth. A folder that is not there
 * holds nothing: an empty listing and STATUS_OK. Links are followed; a loop of links, and a thing
 * that is neither file nor folder, is an error that names it. */
NODISCARD enum status store_list(struct store *store, const char *prefix,
                                 enum store_list_which which, struct store_listing *out,
                                 struct error *error);
/* The names directly in a folder, sorted, folders with a '/' at their end, at most `limit` of them;
 * as text "a, b/, c and 12 more" for messages. */
void store_describe_folder(struct store *store, const char *prefix, size_t limit,
                           struct buffer *out);

/* ---- Reading ----------------------------------------------------------------------------- */

/* Appends to `out` the object's bytes [offset, offset + length), fewer where the object ends before
 * that. STATUS_NOT_FOUND when it is gone. */
NODISCARD enum status store_get(struct store *store, struct str key, uint64_t offset, size_t length,
                                struct buffer *out, struct error *error);

/* ---- Writing ----------------------------------------------------------------------------- */

/* Puts a whole small object; `bytes` are copied or written before the call returns. */
NODISCARD enum status store_put(struct store *store, struct str key, struct str bytes,
                                struct error *error);

/* An object put in parts. It does not appear before it is finished. */
struct store_upload;
NODISCARD enum status store_upload_begin(struct store *store, struct str key,
                                         struct store_upload **out, struct error *error);
NODISCARD enum status store_upload_write(struct store_upload *upload, struct str bytes,
                                         struct error *error);
/* Makes the object appear, and frees the upload, also on failure. */
NODISCARD enum status store_upload_finish(struct store_upload *upload, struct error *error);
/* Gives the upload up: nothing of it stays. */
void store_upload_abort(struct store_upload *upload);

/* Waits until everything put so far is on durable storage. */
NODISCARD enum status store_flush(struct store *store, struct error *error);

/* Deletes the objects; one that is already gone is no error. On a disk the folders that this leaves
 * empty go too, up to the store's root. */
NODISCARD enum status store_delete(struct store *store, const struct str *keys, size_t count,
                                   struct error *error);

/* Removes the empty folders below `prefix`, and itself if it is empty, as failed puts may have left
 * them; what cannot be removed stays. For stores that have folders. */
void store_prune(struct store *store, const char *prefix);

/* True for what an unfinished put or upload of ours may have left behind ("….tmp"). */
bool store_is_temporary(struct str key);
/* The key that a temporary was to become: for "a/.x.tmp" it is "a/x". */
struct str store_temporary_target(struct str key, struct buffer *scratch);

#endif
