/* A store in a temporary folder of its own, which goes when the test ends. */
#ifndef SPARKIFY_TEST_SCRATCH_H
#define SPARKIFY_TEST_SCRATCH_H

#include "scratch_folder.h"

#include <store.h>

struct scratch {
    char path[256];
    struct store *store;
};

static inline void scratch_open(struct scratch *scratch)
{
    struct store_options options = {.threads = 1};
    struct error error;
    scratch_folder(scratch->path);
    options.threads = 2;
    ASSERT_OK(store_open(scratch->path, STORE_USE_OUTPUT, &options, &scratch->store, &error),
              error);
}

static inline void scratch_release(struct scratch *scratch)
{
    store_free(scratch->store);
    scratch_folder_release(scratch->path);
}

static inline void scratch_put(struct scratch *scratch, const char *key, struct str bytes)
{
    struct error error;
    ASSERT_OK(store_replace(scratch->store, str_of(key), bytes, &error), error);
}

static inline void scratch_get(struct scratch *scratch, const char *key, struct buffer *out)
{
    struct error error;
    struct store_object object = {.key = str_of(key)};
    ASSERT_OK(store_get(scratch->store, &object, 0, (size_t)1 << 30, out, &error), error);
}

/* All but what a lake writes beside tables and rejects. */
static inline void scratch_list(struct scratch *scratch, struct store_listing *out)
{
    struct error error;
    size_t kept = 0;
    ASSERT_OK(store_list(scratch->store, "", STORE_LIST_ALL, out, &error), error);
    for (size_t i = 0; i < out->count; i++) {
        struct str key = out->objects[i].key;
        if (!memmem(key.data, key.len, "/_delta_log/", 12) &&
            !str_starts_with(key, STR("_sparkify/")))
            out->objects[kept++] = out->objects[i];
    }
    out->count = kept;
}

/* The keys of all objects, each followed by a newline. */
static inline void scratch_keys(struct scratch *scratch, struct buffer *out)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    scratch_list(scratch, &listing);
    buffer_reset(out);
    for (size_t i = 0; i < listing.count; i++)
        buffer_appendf(out, "%.*s\n", STR_ARG(listing.objects[i].key));
}

#endif
