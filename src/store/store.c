/* The public calls of a store: keys are checked here, then the function of the store's kind is
 * called. */
#include <store.h>

#include "disk.h"

#include <stdlib.h>

/* ---- Keys -------------------------------------------------------------------------------- */

struct str store_key_folder(struct str key)
{
    const char *slash = key.len ? memrchr(key.data, '/', key.len) : NULL;
    return (struct str){key.data, slash ? (size_t)(slash - key.data) + 1 : 0};
}

struct str store_key_name(struct str key)
{
    size_t folder_len = store_key_folder(key).len;
    return str_from(key, folder_len);
}

bool store_is_temporary(struct str key)
{
    struct str name = store_key_name(key), prefix = STR(TEMPORARY_PREFIX),
               suffix = STR(TEMPORARY_SUFFIX);
    return name.len > prefix.len + suffix.len && str_starts_with(name, prefix) &&
           str_ends_with(name, suffix);
}

/* The length of the unique part, '.' and 16 digits, in the name of a temporary of
 * store_put_if_absent, which several processes may write at once; 0 where there is none. */
static size_t unique_len(struct str name)
{
    enum { LEN = 17 };
    if (name.len <= LEN || name.data[name.len - LEN] != '.')
        return 0;
    for (size_t i = name.len - LEN + 1; i < name.len; i++) {
        char c = name.data[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return 0;
    }
    return LEN;
}

struct str store_temporary_target(struct str key, struct buffer *scratch)
{
    if (!store_is_temporary(key))
        return key;
    struct str name = store_key_name(key);
    size_t prefix_len = strlen(TEMPORARY_PREFIX);
    name = str_from(name, prefix_len);
    name.len -= strlen(TEMPORARY_SUFFIX);
    name.len -= unique_len(name);
    buffer_set(scratch, store_key_folder(key));
    buffer_append_str(scratch, name);
    return buffer_str(scratch);
}

bool store_is_key(struct str key)
{
    if (key.len == 0 || memchr(key.data, '\0', key.len))
        return false;
    for (const char *at = key.data, *end = at + key.len;;) {
        const char *slash = at < end ? memchr(at, '/', (size_t)(end - at)) : NULL;
        struct str part = {at, (size_t)((slash ? slash : end) - at)};
        if (part.len == 0 || str_equal(part, STR(".")) || str_equal(part, STR("..")))
            return false;
        if (!slash)
            return true;
        at = slash + 1;
    }
}

/* Refuses a key that is not well-formed: on a disk it could lead out of the root. */
static enum status check_key(const struct store *store, struct str key, const char *doing,
                             struct error *error)
{
    if (store_is_key(key))
        return STATUS_OK;
    error_set(error, STATUS_CORRUPT,
              "cannot %s '%.*s' in %s: a part of that name is empty, '.' or '..'", doing,
              STR_ARG(key), store->address);
    return error_hint(error, "no lake holds such an object: restore the lake from a copy");
}

/* ---- The store --------------------------------------------------------------------------- */

enum status store_open(const char *address, enum store_use use, const struct store_options *options,
                       struct store **out, struct error *error)
{
    const char *path = NULL;
    TRY(store_address_path(address, &path, error));
    return disk_open(address, path, use, options, out, error);
}

void store_free(struct store *store)
{
    if (store)
        store->ops->free(store);
}

static void dry_free(struct store *store)
{
    mem_free(store->address);
    mem_free(store->location);
    mem_free(store);
}

/* Nothing that writes. Not remote: nothing is asked of a server. */
static const struct store_ops dry_ops = {.free = dry_free};

struct store *store_dry_new(struct store *inner)
{
    struct store *dry = mem_alloc(sizeof *dry);
    *dry = (struct store){
        .ops = &dry_ops,
        .read_from = inner,
        .address = str_dup(str_of(inner ? inner->address : "")),
        .location = str_dup(str_of(inner ? inner->location : "")),
        .threads = inner ? inner->threads : 1,
        .use = STORE_USE_OUTPUT,
    };
    return dry;
}

const char *store_address(const struct store *store)
{
    return store->address;
}

const char *store_location(const struct store *store)
{
    return store->location;
}

void store_listing_release(struct store_listing *listing)
{
    mem_free(listing->objects);
    arena_release(&listing->arena);
    *listing = (struct store_listing){0};
}

static int compare_objects(const void *a, const void *b)
{
    const struct store_object *left = a, *right = b;
    return str_compare(left->key, right->key);
}

void store_listing_sort(struct store_listing *listing)
{
    patience_sort(listing->objects, listing->count, sizeof *listing->objects, compare_objects);
}

const struct store_object *store_listing_find(const struct store_listing *listing, struct str key)
{
    struct store_object wanted = {.key = key};
    return listing->count ? bsearch(&wanted, listing->objects, listing->count,
                                    sizeof *listing->objects, compare_objects)
                          : NULL;
}

struct store_counts store_counts(const struct store *store)
{
    const struct store *from = store->read_from;
    return from && from->ops->counts ? from->ops->counts(from) : (struct store_counts){0};
}

bool store_is_remote(const struct store *store)
{
    return store->ops->is_remote;
}

enum status store_list_all(struct store *store, struct store_list *lists, size_t count,
                           struct error *error)
{
    struct store *from = store->read_from;
    return from ? from->ops->list(from, lists, count, error) : STATUS_OK;
}

enum status store_list(struct store *store, const char *prefix, enum store_list_which which,
                       struct store_listing *out, struct error *error)
{
    struct store_list list = {prefix, which, out};
    return store_list_all(store, &list, 1, error);
}

void store_describe_folder(struct store *store, const char *prefix, size_t limit,
                           struct buffer *out)
{
    struct store *from = store->read_from;
    if (from)
        from->ops->describe_folder(from, prefix, limit, out);
}

struct store_ahead store_reads_ahead(const struct store *store)
{
    const struct store *from = store->read_from;
    return from && from->ops->reads_ahead ? from->ops->reads_ahead(from) : (struct store_ahead){0};
}

/* A read of an ill-formed key in a lake fails when it is finished. (An input in S3 may have such
 * keys.) */
struct store_read *store_read_begin(struct store *store, const struct store_object *object,
                                    uint64_t offset, size_t length)
{
    if (store->use == STORE_USE_INPUT || store_is_key(object->key))
        return store->read_from->ops->read_begin(store->read_from, object, offset, length);
    struct store_read *read = mem_alloc(sizeof *read);
    *read = (struct store_read){store, true, object->key};
    return read;
}

enum status store_read_finish(struct store_read *read, struct buffer *out, struct error *error)
{
    struct store_read refused = *read;
    if (!refused.is_refused)
        return refused.store->ops->read_finish(read, out, error);
    mem_free(read);
    return check_key(refused.store, refused.refused, "read", error);
}

void store_read_drop(struct store_read *read)
{
    if (read && read->is_refused)
        mem_free(read);
    else if (read)
        read->store->ops->read_drop(read);
}

enum status store_get(struct store *store, const struct store_object *object, uint64_t offset,
                      size_t length, struct buffer *out, struct error *error)
{
    return store_read_finish(store_read_begin(store, object, offset, length), out, error);
}

enum status store_put(struct store *store, struct str key, struct str bytes, struct error *error)
{
    TRY(check_key(store, key, "write", error));
    return store->ops->put ? store->ops->put(store, key, bytes, error) : STATUS_OK;
}

enum status store_put_later(struct store *store, struct str key, struct str bytes,
                            const char *folder, struct error *error)
{
    if (!store->ops->put_later)
        return store_put(store, key, bytes, error);
    TRY(check_key(store, key, "write", error));
    return store->ops->put_later(store, key, bytes, folder, error);
}

enum status store_replace(struct store *store, struct str key, struct str bytes,
                          struct error *error)
{
    TRY(check_key(store, key, "write", error));
    return store->ops->replace ? store->ops->replace(store, key, bytes, error) : STATUS_OK;
}

enum status store_probe(struct store *store, struct error *error)
{
    return store->ops->probe ? store->ops->probe(store, error) : STATUS_OK;
}

enum status store_put_if_absent(struct store *store, struct str key, struct str bytes,
                                struct error *error)
{
    TRY(check_key(store, key, "write", error));
    return store->ops->put_if_absent ? store->ops->put_if_absent(store, key, bytes, error)
                                     : STATUS_OK;
}

enum status store_upload_begin(struct store *store, struct str key, struct store_upload **out,
                               struct error *error)
{
    TRY(check_key(store, key, "write", error));
    *out = NULL;
    return store->ops->upload_begin ? store->ops->upload_begin(store, key, out, error) : STATUS_OK;
}

enum status store_upload_write(struct store_upload *upload, struct str bytes, struct error *error)
{
    return upload ? upload->store->ops->upload_write(upload, bytes, error) : STATUS_OK;
}

enum status store_upload_finish(struct store_upload *upload, struct error *error)
{
    return upload ? upload->store->ops->upload_finish(upload, error) : STATUS_OK;
}

enum status store_upload_replace(struct store_upload *upload, struct error *error)
{
    return upload ? upload->store->ops->upload_replace(upload, error) : STATUS_OK;
}

void store_upload_abort(struct store_upload *upload)
{
    if (upload)
        upload->store->ops->upload_abort(upload);
}

enum status store_move(struct store *store, const struct store_object *from, struct str key,
                       struct error *error)
{
    TRY(check_key(store, from->key, "move", error));
    TRY(check_key(store, key, "write", error));
    return store->ops->move ? store->ops->move(store, from, key, error) : STATUS_OK;
}

void store_set_time(struct store *store, struct str key, int64_t time_ms)
{
    if (store->ops->set_time && store_is_key(key))
        store->ops->set_time(store, key, time_ms);
}

enum status store_flush(struct store *store, struct error *error)
{
    return store->ops->flush ? store->ops->flush(store, error) : STATUS_OK;
}

enum status store_delete(struct store *store, const struct str *keys, size_t count,
                         struct error *error)
{
    for (size_t i = 0; i < count; i++)
        TRY(check_key(store, keys[i], "delete", error));
    return store->ops->remove ? store->ops->remove(store, keys, count, error) : STATUS_OK;
}

bool store_folds_names(const struct store *store)
{
    return store->ops->folds_names && store->ops->folds_names(store);
}

enum status store_check_names(struct store *store, const char *prefix, const struct str *keys,
                              size_t count, struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    if (!store_folds_names(store) || count == 0)
        return STATUS_OK;
    TRY(store_list(store, prefix, STORE_LIST_ALL, &listing, error));
    for (size_t i = 0; i < count; i++)
        if (!store_listing_find(&listing, keys[i]))
            return store->ops->name_taken(store, keys[i], error);
    return STATUS_OK;
}

void store_prune(struct store *store, const char *prefix)
{
    if (store->ops->prune && store_is_key(str_of(prefix)))
        store->ops->prune(store, prefix);
}
