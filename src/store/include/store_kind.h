/* store_kind: what a kind of store implements: a table of functions behind the calls of store.h.
 * For the kinds themselves; everybody else uses store.h. */
#pragma once

#include <store.h>

/* The public functions of store.h, one for one; their contracts are written there. NULL where there
 * is nothing to do: all that write, in a store that ignores what is written. */
struct store_ops {
    bool is_remote;
    void (*free)(struct store *store);
    enum status (*list)(struct store *store, struct store_list *lists, size_t count,
                        struct error *error);
    void (*describe_folder)(struct store *store, const char *prefix, size_t limit,
                            struct buffer *out);
    struct store_ahead (*reads_ahead)(const struct store *store);
    struct store_read *(*read_begin)(struct store *store, const struct store_object *object,
                                     uint64_t offset, size_t length);
    enum status (*read_finish)(struct store_read *read, struct buffer *out, struct error *error);
    void (*read_drop)(struct store_read *read);
    enum status (*put)(struct store *store, struct str key, struct str bytes, struct error *error);
    enum status (*put_later)(struct store *store, struct str key, struct str bytes,
                             const char *folder, struct error *error); /* NULL: put */
    enum status (*replace)(struct store *store, struct str key, struct str bytes,
                           struct error *error);
    enum status (*probe)(struct store *store, struct error *error);
    bool (*folds_names)(const struct store *store);
    enum status (*name_taken)(struct store *store, struct str key, struct error *error);
    enum status (*put_if_absent)(struct store *store, struct str key, struct str bytes,
                                 struct error *error);
    enum status (*upload_begin)(struct store *store, struct str key, struct store_upload **out,
                                struct error *error);
    enum status (*upload_write)(struct store_upload *upload, struct str bytes, struct error *error);
    enum status (*upload_finish)(struct store_upload *upload, struct error *error);
    enum status (*upload_replace)(struct store_upload *upload, struct error *error);
    void (*upload_abort)(struct store_upload *upload);
    enum status (*move)(struct store *store, const struct store_object *from, struct str key,
                        struct error *error);
    void (*set_time)(struct store *store, struct str key, int64_t time_ms);
    enum status (*flush)(struct store *store, struct error *error);
    enum status (*remove)(struct store *store, const struct str *keys, size_t count,
                          struct error *error);
    void (*prune)(struct store *store, const char *prefix);
    struct store_counts (*counts)(const struct store *store);
};

/* The first member of every kind of store, and of its reads and uploads. */
struct store {
    const struct store_ops *ops;
    struct store *read_from; /* itself; of a dry store the one that it shows, or NULL */
    char *address;           /* as the user gave it, but for '/' at its end */
    char *location;          /* canonical */
    unsigned threads;
    enum store_use use;
};

struct store_read {
    struct store *store;
    bool is_refused; /* store.c's own: no store has seen it, as this key is ill-formed */
    struct str refused;
};

struct store_upload {
    struct store *store;
};

/* In the order of the keys. */
void store_listing_sort(struct store_listing *listing);

/* The name of the temporary that becomes the object "x" is ".x.tmp", in the same folder. */
#define TEMPORARY_PREFIX "."
#define TEMPORARY_SUFFIX ".tmp"
