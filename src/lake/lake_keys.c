#include "lake_keys.h"

#include "names.h"

#include <stdlib.h>

void lake_keys_add(struct lake_keys *list, struct str key)
{
    *MEM_ADD(list->keys, list->count, list->cap) = key;
}

void lake_keys_add_copy(struct lake_keys *list, struct str key)
{
    lake_keys_add(list, arena_copy(&list->arena, key));
}

void lake_keys_add_file(struct lake_keys *list, const struct model_table *table, struct str key)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    lake_table_key(&text, table, key);
    lake_keys_add_copy(list, buffer_str(&text));
}

static int compare_keys(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

void lake_keys_sort(struct lake_keys *list)
{
    if (list->count)
        qsort(list->keys, list->count, sizeof *list->keys, compare_keys);
}

bool lake_keys_has(const struct lake_keys *list, struct str key)
{
    return list->count && bsearch(&key, list->keys, list->count, sizeof key, compare_keys);
}

void lake_keys_release(struct lake_keys *list)
{
    mem_free(list->keys);
    arena_release(&list->arena);
    *list = (struct lake_keys){0};
}
