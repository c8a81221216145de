/* lake_keys: a list of keys of objects, below the store's root. */
#pragma once

#include <lake.h>

struct lake_keys {
    struct str *keys;
    size_t count, cap;
    struct arena arena; /* for keys that are not borrowed from elsewhere */
};

/* The key is borrowed. */
void lake_keys_add(struct lake_keys *list, struct str key);
/* Copies the key. */
void lake_keys_add_copy(struct lake_keys *list, struct str key);
/* Adds the key of a table's file from the one below the table's folder. */
void lake_keys_add_file(struct lake_keys *list, const struct model_table *table, struct str key);
/* In byte order. */
void lake_keys_sort(struct lake_keys *list);
/* The list is sorted. */
bool lake_keys_has(const struct lake_keys *list, struct str key);
void lake_keys_release(struct lake_keys *list);
