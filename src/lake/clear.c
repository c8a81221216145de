/* What may go: what lies there and is held by no version that is kept. It was of such a version, of
 * a run that died, or of one that fell asleep for so long that it was taken for dead.
 *
 * Only what was there when the lake was opened is looked at; and of that nothing goes before this
 * run's decision is in force, since every run that began before it has then lost: none can still
 * commit a file that is gone. Files of a run that is at work are its own business. */
#include "lake_private.h"

#include "names.h"

#include <stdlib.h>

/* ---- Lists of keys ---------------------------------------------------------------------------
 */

void lake_keys_add(struct lake_keys *list, struct str key)
{
    MEM_GROW(list->keys, list->count + 1, list->cap);
    list->keys[list->count++] = key;
}

void lake_keys_add_file(struct lake_keys *list, enum table_id table, struct str key)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    lake_table_key(&text, table, key);
    lake_keys_add(list, arena_copy(&list->arena, buffer_str(&text)));
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

/* ---- Data files ------------------------------------------------------------------------------
 */

static void list_entries(const struct lake_entries *entries, enum table_id table,
                         struct lake_keys *out)
{
    for (size_t i = 0; i < entries->count; i++)
        lake_keys_add_file(out, table, entries->entries[i].key);
    lake_keys_sort(out);
}

/* A data file that no version has ever held, and whose run is not at work. */
static bool is_leftover(const struct lake *lake, enum table_id table, const struct lake_keys *known,
                        struct str key)
{
    return lake_is_data_key(table, key) && !lake_keys_has(known, key) &&
           !lake_is_running(lake, key);
}

/* A plan that is not that of the last decision, and whose run is not at work. */
static bool is_old_plan(const struct lake *lake, struct str key)
{
    return lake_is_plan_key(key) && !store_is_temporary(key) && !str_equal(key, lake->last.plan) &&
           !lake_is_running(lake, key);
}

static uint64_t count_leftovers(const struct lake *lake, enum table_id table)
{
    CLEANUP(lake_keys_release) struct lake_keys known = {0};
    const struct lake_table *old = &lake->tables[table];
    uint64_t count = 0;
    if (old->listed.count == 0)
        return 0;
    list_entries(&old->entries, table, &known);
    for (size_t i = 0; i < old->listed.count; i++)
        count += is_leftover(lake, table, &known, old->listed.objects[i].key);
    return count;
}

bool lake_has_leftovers(const struct lake *lake)
{
    for (size_t i = 0; i < lake->own.count; i++)
        if (is_old_plan(lake, lake->own.objects[i].key))
            return true;
    for (int table = 0; table < TABLE_ALL; table++)
        if (count_leftovers(lake, (enum table_id)table) > 0)
            return true;
    return false;
}

uint64_t lake_count_leftovers(const struct lake *lake)
{
    uint64_t count = 0;
    for (int table = 0; table < TABLE_COUNT; table++)
        count += count_leftovers(lake, (enum table_id)table);
    return count;
}

/* Files of versions, whether they were listed or not, and what dead runs have left. */
static void find_data(struct lake *lake, enum table_id table, const struct lake_change *change,
                      struct lake_keys *out)
{
    CLEANUP(lake_keys_release) struct lake_keys needed = {0}, known = {0};
    const struct lake_table *old = &lake->tables[table];
    list_entries(&change->next, table, &needed);
    list_entries(&old->entries, table, &known);
    for (size_t i = 0; i < known.count; i++) {
        bool is_again = i && str_equal(known.keys[i], known.keys[i - 1]);
        if (is_again || lake_keys_has(&needed, known.keys[i]))
            continue;
        lake_keys_add(out, arena_copy(&out->arena, known.keys[i]));
        if (table >= TABLE_COUNT)
            continue;
        lake->cleared.files++;
        lake->cleared.bytes += old->entries.entries[i].bytes;
    }
    for (size_t i = 0; i < old->listed.count; i++)
        if (is_leftover(lake, table, &known, old->listed.objects[i].key)) {
            lake_keys_add(out, old->listed.objects[i].key);
            lake->cleared.unfinished++;
        }
}

/* ---- The rest --------------------------------------------------------------------------------
 */

/* Rejects that were never finished. */
static void find_rejects(struct lake *lake, struct lake_keys *out)
{
    for (size_t i = 0; i < lake->rejects.count; i++) {
        struct str key = lake->rejects.objects[i].key;
        CLEANUP(buffer_release) struct buffer target = {0};
        if (store_is_temporary(key) && lake_is_rejects_key(store_temporary_target(key, &target)) &&
            !lake_is_running(lake, key)) {
            lake_keys_add(out, key);
            lake->cleared.unfinished++;
        }
    }
}

/* Temporaries of logs and decisions do not say whose they are. */
static void find_temporaries(const struct lake *lake, const struct store_listing *listed,
                             struct lake_keys *out)
{
    for (size_t i = 0; lake->alive.count == 0 && i < listed->count; i++) {
        struct str key = listed->objects[i].key;
        bool is_log = memmem(key.data, key.len, "/_delta_log/", 12) != NULL;
        bool is_own = str_starts_with(key, STR("_sparkify/")) &&
                      !str_starts_with(key, STR("_sparkify/state/"));
        if (store_is_temporary(key) && (is_log || is_own) && lake_owns(key))
            lake_keys_add(out, key);
    }
}

/* Markers of dead runs and what was written for them, and plans that are no longer in force: that
 * of the last decision, whose run may still be clearing up, and those that never were, unless their
 * runs are at work. */
static bool is_own_obsolete(const struct lake *lake, struct str last_plan, struct str key,
                            bool is_decided)
{
    struct str run_id;
    if (is_decided && (str_equal(key, last_plan) || is_old_plan(lake, key)))
        return true;
    return (lake_is_marker_key(key, &run_id) || lake_is_staging_key(key)) &&
           !lake_is_running(lake, key);
}

enum status lake_find_staging(struct lake *lake, struct lake_keys *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    CLEANUP(store_listing_release) struct store_listing listed = {0};
    if (!lake->has_staging)
        return STATUS_OK;
    lake_staging_key(&folder, lake->run_id);
    TRY(store_list(lake->store, buffer_text(&folder), STORE_LIST_ALL, &listed, error));
    for (size_t i = 0; i < listed.count; i++)
        if (lake_is_staging_key(listed.objects[i].key))
            lake_keys_add(out, arena_copy(&out->arena, listed.objects[i].key));
    return STATUS_OK;
}

/* Those that a dead run had made, or emptied. A run that is at work may be about to fill its own.
 */
bool lake_has_empty_folders(const struct lake *lake)
{
    bool has_any = lake->own.has_empty_folder || lake->rejects.has_empty_folder;
    for (int table = 0; table < TABLE_COUNT; table++)
        has_any |= lake->tables[table].listed.has_empty_folder;
    return has_any && lake->alive.count == 0;
}

void lake_find_obsolete(struct lake *lake, const struct lake_changes *changes, bool is_decided,
                        struct lake_keys *out)
{
    lake->cleared = (struct lake_cleared){.kept = lake->cleared.kept};
    for (int table = 0; table < TABLE_ALL; table++) {
        const struct lake_change *change = &changes->tables[table];
        find_data(lake, (enum table_id)table, change, out);
        for (size_t i = 0; i < change->obsolete.count; i++)
            lake_keys_add(out, change->obsolete.keys[i]);
        if (table < TABLE_COUNT)
            find_temporaries(lake, &lake->tables[table].listed, out);
    }
    find_rejects(lake, out);
    find_temporaries(lake, &lake->own, out);
    for (size_t i = 0; i < lake->own.count; i++)
        if (is_own_obsolete(lake, changes->replaced_plan, lake->own.objects[i].key, is_decided))
            lake_keys_add(out, lake->own.objects[i].key);
}
