#include "match.h"

#include "inventory.h"

/* ---- The same file --------------------------------------------------------------------------- */

/* Files of an unknown hash are the same as no other. */
static bool is_same_file(const struct lake_entry *a, const struct lake_entry *b)
{
    return a->hash && a->bytes == b->bytes && a->hash == b->hash && a->rows == b->rows;
}

/* A current file that is missing or truncated does not stay, so that the new one replaces it. Both
 * lists are sorted by key, so a folder's files stand together. */
static void match_files(const struct lake *lake, int table, bool *stays, bool *has_old)
{
    const struct lake_entries *old = &lake->tables[table].entries;
    const struct lake_entries *new_files = &lake->shared.files[table];
    size_t first = 0; /* the first entry of the new file's folder */
    for (size_t i = 0; i < new_files->count; i++) {
        const struct lake_entry *file = &new_files->entries[i];
        struct str folder = store_key_folder(file->key);
        while (first < old->count && !str_starts_with(old->entries[first].key, folder) &&
               str_compare(old->entries[first].key, folder) < 0)
            first++;
        for (size_t j = first; j < old->count && !has_old[i]; j++) {
            const struct lake_entry *other = &old->entries[j];
            if (!str_equal(store_key_folder(other->key), folder))
                break;
            if (!stays[j] && other->until == LAKE_CURRENT && is_same_file(file, other) &&
                lake_has_whole(lake, table, other))
                stays[j] = has_old[i] = true;
        }
    }
}

/* ---- A version that is restored -------------------------------------------------------------- */

/* A file may have been current more than once: its entries stand together. */
static void match_version(const struct lake_entries *old, int64_t version, bool *stays,
                          bool *comes_back)
{
    for (size_t i = 0, end; i < old->count; i = end) {
        size_t current = old->count, holder = old->count;
        for (end = i; end < old->count && str_equal(old->entries[i].key, old->entries[end].key);
             end++) {
            current = old->entries[end].until == LAKE_CURRENT ? end : current;
            holder = lake_entry_is_of(&old->entries[end], version) ? end : holder;
        }
        if (holder < old->count && current < old->count)
            stays[current] = true;
        else if (holder < old->count)
            comes_back[holder] = true;
    }
}

/* ---- A table --------------------------------------------------------------------------------- */

static bool is_change(const struct lake_entries *old, const struct lake_entries *files,
                      const struct lake_match *match)
{
    for (size_t i = 0; i < old->count; i++)
        if (old->entries[i].until == LAKE_CURRENT ? !match->stays[i] : match->comes_back[i])
            return true;
    for (size_t i = 0; i < files->count; i++)
        if (!match->has_old[i])
            return true;
    return false;
}

void lake_match_make(struct lake *lake, int table, struct lake_match *out)
{
    struct lake_entries *old = &lake->tables[table].entries, *files = &lake->shared.files[table];
    *out = (struct lake_match){
        .stays = mem_zalloc(old->count + 1),
        .comes_back = mem_zalloc(old->count + 1),
        .has_old = mem_zalloc(files->count + 1),
    };
    lake_entries_sort(files);
    lake_entries_sort(old);
    if (lake->restore >= 0)
        match_version(old, lake->restore, out->stays, out->comes_back);
    else if (lake->tables[table].mode == LAKE_REPLACE)
        match_files(lake, table, out->stays, out->has_old);
    else
        memset(out->stays, true, old->count);
    out->is_change = is_change(old, files, out);
}

void lake_match_release(struct lake_match *match)
{
    mem_free(match->stays);
    mem_free(match->comes_back);
    mem_free(match->has_old);
    *match = (struct lake_match){0};
}
