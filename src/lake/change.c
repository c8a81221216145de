#include "change.h"

#include "anew.h"
#include "leftovers.h"
#include "match.h"
#include "retention.h"

#include <stdlib.h>

/* ---- Tombstones ------------------------------------------------------------------------------ */

/* Protocol, "Add File and Remove File": a checkpoint names removed files for a week, unless the
 * table says otherwise, whether they are still there or not. */
#define TOMBSTONE_MS INT64_C(604800000)
/* More are dropped, which only runs that replace all of a large table can leave. */
#define MAX_TOMBSTONES ((size_t)1 << 17)

static void add_tombstone(const struct lake *lake, int table, struct lake_change *change,
                          const struct lake_entry *file)
{
    struct lake_entry entry = *file;
    if (table >= lake_table_count(lake) || lake->now_ms - file->removed_ms >= TOMBSTONE_MS)
        return;
    entry.keep_until_ms = LAKE_TOMBSTONE;
    entry.stats = STR_NULL;
    lake_entries_share(&change->tombstones, &entry);
}

static int newest_removed_first(const void *a, const void *b)
{
    const struct lake_entry *left = a, *right = b;
    return (left->removed_ms < right->removed_ms) - (left->removed_ms > right->removed_ms);
}

static void limit_tombstones(struct lake_entries *tombstones)
{
    if (tombstones->count <= MAX_TOMBSTONES)
        return;
    qsort(tombstones->entries, tombstones->count, sizeof *tombstones->entries,
          newest_removed_first);
    tombstones->count = MAX_TOMBSTONES;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void add_file(const struct lake_changes *changes, struct lake_change *change,
                     const struct lake_entry *file, int64_t added_ms)
{
    struct lake_entry entry = *file;
    entry.added_ms = added_ms;
    entry.since = changes->decision.number;
    entry.until = LAKE_CURRENT;
    entry.removed_ms = entry.keep_until_ms = 0;
    lake_entries_share(&change->next, &entry);
    lake_entries_share(&change->added, &entry);
}

static void remove_file(const struct lake *lake, const struct lake_changes *changes, int table,
                        struct lake_change *change, const struct lake_entry *file)
{
    struct lake_entry entry = *file;
    entry.until = changes->decision.number;
    entry.removed_ms = lake->now_ms;
    entry.keep_until_ms = lake_retention_until_ms(lake);
    lake_entries_share(&change->removed, &entry);
    if (lake_retention_keeps(lake, &changes->decision, &entry))
        lake_entries_share(&change->next, &entry);
    else
        add_tombstone(lake, table, change, &entry);
}

/* A file that is not current. */
static void keep_or_drop(const struct lake *lake, struct lake_changes *changes, int table,
                         const struct lake_entry *entry)
{
    struct lake_change *change = &changes->tables[table];
    if (lake_retention_keeps(lake, &changes->decision, entry)) {
        lake_entries_share(&change->next, entry);
        return;
    }
    changes->has_changes = true;
    add_tombstone(lake, table, change, entry);
}

static void change_old(const struct lake *lake, struct lake_changes *changes, int table,
                       const struct lake_match *match)
{
    const struct lake_entries *old = &lake->tables[table].entries,
                              *tombstones = &lake->tables[table].tombstones;
    struct lake_change *change = &changes->tables[table];
    for (size_t i = 0; i < old->count; i++) {
        const struct lake_entry *entry = &old->entries[i];
        if (entry->until != LAKE_CURRENT) {
            keep_or_drop(lake, changes, table, entry);
            if (match->comes_back[i])
                add_file(changes, change, entry, entry->added_ms);
        } else if (match->stays[i]) {
            lake_entries_share(&change->next, entry);
        } else {
            remove_file(lake, changes, table, change, entry);
        }
    }
    for (size_t i = 0; i < tombstones->count; i++)
        add_tombstone(lake, table, change, &tombstones->entries[i]);
    limit_tombstones(&change->tombstones);
}

/* All files of the table that this one replaces. */
static void remove_replaced(const struct lake *lake, const struct lake_changes *changes, int table,
                            struct lake_change *change)
{
    const struct lake_table *old;
    if (!lake_replaced_table(lake, lake_model_table(lake, table)->folder, &old))
        return;
    for (size_t i = 0; i < old->entries.count; i++)
        if (old->entries.entries[i].until == LAKE_CURRENT) {
            struct lake_entry entry = old->entries.entries[i];
            entry.until = changes->decision.number;
            lake_entries_share(&change->removed, &entry);
        }
}

static void make_change(const struct lake *lake, struct lake_changes *changes, int table,
                        const struct lake_match *match)
{
    struct lake_change *change = &changes->tables[table];
    const struct lake_entries *files = &lake->shared.files[table];
    lake_entries_reserve(&change->next, lake->tables[table].entries.count + files->count);
    lake_entries_reserve(&change->added, files->count);
    change_old(lake, changes, table, match);
    remove_replaced(lake, changes, table, change);
    for (size_t i = 0; i < files->count; i++)
        if (match->has_old[i])
            lake_keys_add_file(&change->obsolete, lake_model_table(lake, table),
                               files->entries[i].key);
        else
            add_file(changes, change, &files->entries[i], lake->now_ms);
    lake_entries_sort(&change->next);
}

/* ---- All tables ------------------------------------------------------------------------------ */

static void count_files(struct lake *lake, const struct lake_changes *changes)
{
    for (int table = 0; table < lake_all_count(lake); table++) {
        const struct lake_change *change = &changes->tables[table];
        struct lake_table *out = &lake->tables[table];
        out->is_unchanged = out->log.version >= 0 && change->added.count == 0 &&
                            change->removed.count == 0 && !out->is_extended;
        out->after = lake_entries_count_current(&change->next);
        if (table < lake_table_count(lake))
            lake->cleared.kept += change->next.count - out->after.files;
    }
}

/* The first commit of a lake makes a version even if it has no files. */
static struct lake_extent match_all(struct lake *lake,
                                    struct lake_match matches[static MODEL_MAX_TABLES])
{
    bool is_first = lake->last.number < 0;
    struct lake_extent extent = {.has_changes = is_first, .changes_table = is_first};
    for (int table = 0; table < lake_all_count(lake); table++) {
        lake_match_make(lake, table, &matches[table]);
        extent.has_changes |= matches[table].is_change;
        extent.changes_table |= table < lake_table_count(lake) && matches[table].is_change;
    }
    return extent;
}

static bool has_extended(const struct lake *lake)
{
    bool has_any = false;
    for (int table = 0; table < lake_all_count(lake); table++)
        has_any |= lake->tables[table].is_extended;
    return has_any;
}

void lake_changes_make(struct lake *lake, struct lake_changes *out)
{
    struct lake_match matches[MODEL_MAX_TABLES];
    const struct lake_decision *last = &lake->last;
    struct lake_extent extent = match_all(lake, matches);
    *out = (struct lake_changes){.replaced_plan = last->plan};
    lake_retention_decide(lake, extent, &out->decision);
    lake_find_leftovers(lake, &out->leftovers);
    out->has_changes = extent.has_changes || out->decision.keep_versions != last->keep_versions ||
                       out->decision.oldest != last->oldest || out->leftovers.count ||
                       lake_has_old_plans(lake) || has_extended(lake);
    for (int table = 0; table < lake_all_count(lake); table++) {
        make_change(lake, out, table, &matches[table]);
        lake_match_release(&matches[table]);
    }
    count_files(lake, out);
}

void lake_changes_release(struct lake_changes *changes)
{
    for (int table = 0; table < MODEL_MAX_TABLES; table++) {
        lake_entries_release(&changes->tables[table].next);
        lake_entries_release(&changes->tables[table].tombstones);
        lake_entries_release(&changes->tables[table].added);
        lake_entries_release(&changes->tables[table].removed);
        lake_keys_release(&changes->tables[table].obsolete);
    }
    lake_keys_release(&changes->leftovers);
}
