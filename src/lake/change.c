/* What a commit makes of a table's files.
 *
 * A new file that is the same as one in force, its run's id apart, is not needed: the old one
 * stays, so a table of which nothing has changed gets no new version, and one of which a little has
 * changed a small one. A file that goes out of force is kept while an old version may be asked for,
 * or a reader may still be in the middle of it. */
#include "lake_private.h"

#include "names.h"

#include <stdlib.h>

/* What a commit does with a table's files: one flag for each old entry, or new file. */
struct lake_match {
    bool *stays;      /* an entry in force: it stays so */
    bool *comes_back; /* one that is not: it does again */
    bool *has_old;    /* a new file: it is the same as one that stays */
    bool is_change;
};

/* ---- The same file ------------------------------------------------------------------------------
 */

static struct str folder_of(const struct lake_entry *entry)
{
    return (struct str){entry->key.data, lake_key_folder_len(entry->key)};
}

static bool is_same_file(const struct lake_entry *a, const struct lake_entry *b)
{
    return a->hash && a->bytes == b->bytes && a->hash == b->hash && a->rows == b->rows;
}

/* A file in force that is gone, or cut off, does not stay: the new one mends it.
 *
 * Marks in `has_old` the new files that are the same as old ones in force, and in `stays` those
 * old ones. Both are sorted by key, so a folder's files stand together. */
static void match_files(const struct lake *lake, int table, bool *stays, bool *has_old)
{
    const struct lake_entries *old = &lake->tables[table].entries;
    const struct lake_entries *new_files = &lake->shared.files[table];
    size_t first = 0; /* old file of the folder that is looked at */
    for (size_t i = 0; i < new_files->count; i++) {
        const struct lake_entry *file = &new_files->entries[i];
        struct str folder = folder_of(file);
        while (first < old->count && !str_starts_with(old->entries[first].key, folder) &&
               str_compare(old->entries[first].key, folder) < 0)
            first++;
        for (size_t j = first; j < old->count && !has_old[i]; j++) {
            const struct lake_entry *other = &old->entries[j];
            if (!str_equal(folder_of(other), folder))
                break;
            if (!stays[j] && other->until == LAKE_CURRENT && is_same_file(file, other) &&
                lake_is_whole(lake, (enum table_id)table, other))
                stays[j] = has_old[i] = true;
        }
    }
}

/* ---- A version that comes back ------------------------------------------------------------------
 */

/* The same file may have been in force twice: its entries stand together. */
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

/* ---- The change --------------------------------------------------------------------------------
 */

/* Protocol, "Add File and Remove File": a checkpoint names removed files for a week, unless the
 * table says otherwise, whether they are still there or not. */
#define TOMBSTONE_MS INT64_C(604800000)
/* More of a table's, which only runs that replace all of a large one can leave, are forgotten. */
#define MAX_TOMBSTONES ((size_t)1 << 17)

static void add_tombstone(const struct lake *lake, int table, struct lake_change *change,
                          const struct lake_entry *file)
{
    struct lake_entry entry = *file;
    if (table >= TABLE_COUNT || lake->now_ms - file->removed_ms >= TOMBSTONE_MS)
        return;
    entry.keep_until_ms = LAKE_TOMBSTONE;
    entry.stats = STR_NULL;
    lake_entries_add(&change->tombstones, &entry);
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

static void add_file(const struct lake_changes *changes, struct lake_change *change,
                     const struct lake_entry *file, int64_t added_ms)
{
    struct lake_entry entry = *file;
    entry.added_ms = added_ms;
    entry.since = changes->decision.number;
    entry.until = LAKE_CURRENT;
    entry.removed_ms = entry.keep_until_ms = 0;
    lake_entries_add(&change->next, &entry);
    lake_entries_add(&change->added, &entry);
}

static bool is_kept(const struct lake *lake, const struct lake_decision *decision,
                    const struct lake_entry *entry)
{
    if (lake->now_ms < entry->keep_until_ms)
        return true;
    return entry->until > decision->oldest;
}

/* For ever, where that is too long to be counted. */
static int64_t keep_until(const struct lake *lake)
{
    bool is_long = lake->options.grace_ms > LAKE_MAX_COUNT - lake->now_ms;
    return is_long ? LAKE_MAX_COUNT : lake->now_ms + lake->options.grace_ms;
}

static void remove_file(const struct lake *lake, const struct lake_changes *changes, int table,
                        struct lake_change *change, const struct lake_entry *file)
{
    struct lake_entry entry = *file;
    entry.until = changes->decision.number;
    entry.removed_ms = lake->now_ms;
    entry.keep_until_ms = keep_until(lake);
    lake_entries_add(&change->removed, &entry);
    if (is_kept(lake, &changes->decision, &entry))
        lake_entries_add(&change->next, &entry);
    else
        add_tombstone(lake, table, change, &entry);
}

static void keep_or_forget(const struct lake *lake, const struct lake_changes *changes, int table,
                           struct lake_change *change, const struct lake_entry *entry)
{
    if (is_kept(lake, &changes->decision, entry)) {
        lake_entries_add(&change->next, entry);
        return;
    }
    change->has_changes = true;
    add_tombstone(lake, table, change, entry);
}

static void take_old(const struct lake *lake, const struct lake_changes *changes, int table,
                     struct lake_change *change, const struct lake_match *match)
{
    const struct lake_entries *old = &lake->tables[table].entries,
                              *tombstones = &lake->tables[table].tombstones;
    for (size_t i = 0; i < old->count; i++) {
        const struct lake_entry *entry = &old->entries[i];
        if (entry->until != LAKE_CURRENT) {
            keep_or_forget(lake, changes, table, change, entry);
            if (match->comes_back[i])
                add_file(changes, change, entry, entry->added_ms);
        } else if (match->stays[i]) {
            lake_entries_add(&change->next, entry);
        } else {
            remove_file(lake, changes, table, change, entry);
        }
    }
    for (size_t i = 0; i < tombstones->count; i++)
        add_tombstone(lake, table, change, &tombstones->entries[i]);
    limit_tombstones(&change->tombstones);
}

/* Which files stay, and which come back. */
static void match_table(struct lake *lake, int table, struct lake_match *match)
{
    struct lake_entries *old = &lake->tables[table].entries, *files = &lake->shared.files[table];
    match->stays = mem_zalloc(old->count + 1);
    match->comes_back = mem_zalloc(old->count + 1);
    match->has_old = mem_zalloc(files->count + 1);
    lake_entries_sort(files);
    lake_entries_sort(old);
    if (lake->restore >= 0)
        match_version(old, lake->restore, match->stays, match->comes_back);
    else if (lake->tables[table].mode == LAKE_REPLACE)
        match_files(lake, table, match->stays, match->has_old);
    else
        memset(match->stays, true, old->count);
    for (size_t i = 0; i < old->count; i++)
        match->is_change |=
            old->entries[i].until == LAKE_CURRENT ? !match->stays[i] : match->comes_back[i];
    for (size_t i = 0; i < files->count; i++)
        match->is_change |= !match->has_old[i];
}

static void match_release(struct lake_match *match)
{
    mem_free(match->stays);
    mem_free(match->comes_back);
    mem_free(match->has_old);
}

static void make_change(struct lake *lake, struct lake_changes *changes, int table,
                        const struct lake_match *match)
{
    struct lake_change *change = &changes->tables[table];
    const struct lake_entries *files = &lake->shared.files[table];
    take_old(lake, changes, table, change, match);
    for (size_t i = 0; i < files->count; i++)
        if (match->has_old[i])
            lake_keys_add_file(&change->obsolete, (enum table_id)table, files->entries[i].key);
        else
            add_file(changes, change, &files->entries[i], lake->now_ms);
    lake_entries_sort(&change->next);
    changes->has_changes |= match->is_change || change->has_changes;
}

/* ---- What is kept ------------------------------------------------------------------------------
 */

/* The versions that have changed a table, as far as files that are there tell. What changes the
 * state alone shows nobody anything new, and pushes no version out. */
struct turns {
    int64_t *versions;
    size_t count, cap;
};

static void add_turn(struct turns *turns, int64_t version)
{
    for (size_t i = turns->count; i-- > 0;)
        if (turns->versions[i] == version)
            return;
    MEM_GROW(turns->versions, turns->count + 1, turns->cap);
    turns->versions[turns->count++] = version;
}

static int newest_first(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left < right) - (left > right);
}

static void find_turns(const struct lake *lake, struct turns *out)
{
    for (int table = 0; table < TABLE_COUNT; table++) {
        const struct lake_entries *old = &lake->tables[table].entries;
        for (size_t i = 0; i < old->count; i++) {
            if (old->entries[i].since > lake->last.oldest)
                add_turn(out, old->entries[i].since);
            if (old->entries[i].until > lake->last.oldest)
                add_turn(out, old->entries[i].until);
        }
    }
}

/* What this commit changes. */
struct extent {
    bool has_changes;   /* of tables or state */
    bool changes_table; /* of a table */
};

/* Of the versions that have changed a table, the newest `keep_versions` are kept, and those between
 * them that have not. Where that is one, a newer state of the same tables replaces the older. */
static int64_t oldest_by_count(const struct lake *lake, const struct lake_decision *next,
                               struct extent extent)
{
    struct turns turns = {0};
    int64_t oldest = lake->last.oldest;
    if (next->keep_versions == 1 && extent.has_changes)
        return next->number;
    find_turns(lake, &turns);
    if (extent.changes_table)
        add_turn(&turns, next->number);
    if (turns.count >= next->keep_versions) {
        qsort(turns.versions, turns.count, sizeof *turns.versions, newest_first);
        oldest = turns.versions[next->keep_versions - 1];
    }
    mem_free(turns.versions);
    return oldest;
}

/* With --retain what was replaced long ago goes, too; and no version that held it can be restored.
 */
static int64_t oldest_by_age(const struct lake *lake)
{
    int64_t oldest = 0;
    for (int table = 0; lake->retain_ms >= 0 && table < TABLE_ALL; table++) {
        const struct lake_entries *old = &lake->tables[table].entries;
        for (size_t i = 0; i < old->count; i++) {
            const struct lake_entry *entry = &old->entries[i];
            if (entry->until > oldest && entry->removed_ms <= lake->now_ms - lake->retain_ms)
                oldest = entry->until;
        }
    }
    return oldest;
}

/* Later than that of every version before, also where the clock has gone back: versions are found
 * by their time. Earlier programs wrote what the clock said, of which the files still tell. */
static int64_t commit_time(const struct lake *lake)
{
    int64_t before = lake->last.number < 0 ? -1 : lake->last.time_ms;
    for (int table = 0; table < TABLE_COUNT; table++)
        for (size_t i = 0; i < lake->tables[table].entries.count; i++) {
            const struct lake_entry *entry = &lake->tables[table].entries.entries[i];
            int64_t time =
                entry->added_ms > entry->removed_ms ? entry->added_ms : entry->removed_ms;
            before = time > before ? time : before;
        }
    int64_t time = lake->now_ms > before ? lake->now_ms : before + 1;
    return time < MODEL_MAX_TS ? time : MODEL_MAX_TS;
}

static void decide_what_is_kept(const struct lake *lake, struct extent extent,
                                struct lake_decision *next)
{
    const struct lake_decision *last = &lake->last;
    next->number = last->number + 1;
    next->time_ms = commit_time(lake);
    next->plan = STR_NULL;
    next->keep_versions =
        lake->options.keep_versions ? lake->options.keep_versions : last->keep_versions;
    int64_t by_count = oldest_by_count(lake, next, extent), by_age = oldest_by_age(lake);
    next->oldest = by_count > by_age ? by_count : by_age;
}

static void count_files(struct lake *lake, const struct lake_changes *changes)
{
    for (int table = 0; table < TABLE_ALL; table++) {
        const struct lake_change *change = &changes->tables[table];
        struct lake_table *counts = &lake->tables[table];
        counts->is_unchanged =
            counts->version >= 0 && change->added.count == 0 && change->removed.count == 0;
        counts->rows = counts->files = counts->bytes = 0;
        for (size_t i = 0; i < change->next.count; i++)
            if (change->next.entries[i].until == LAKE_CURRENT) {
                counts->files++;
                counts->rows += change->next.entries[i].rows;
                counts->bytes += change->next.entries[i].bytes;
            } else if (table < TABLE_COUNT) {
                lake->cleared.kept++;
            }
    }
}

void lake_changes_make(struct lake *lake, struct lake_changes *out)
{
    struct lake_match matches[TABLE_ALL] = {0};
    struct extent extent = {.has_changes = lake->last.number < 0,
                            .changes_table = lake->last.number < 0};
    *out = (struct lake_changes){.replaced_plan = lake->last.plan};
    for (int table = 0; table < TABLE_ALL; table++) {
        match_table(lake, table, &matches[table]);
        extent.has_changes |= matches[table].is_change;
        extent.changes_table |= table < TABLE_COUNT && matches[table].is_change;
    }
    decide_what_is_kept(lake, extent, &out->decision);
    out->has_changes = extent.has_changes ||
                       out->decision.keep_versions != lake->last.keep_versions ||
                       out->decision.oldest != lake->last.oldest || lake_has_leftovers(lake);
    for (int table = 0; table < TABLE_ALL; table++) {
        make_change(lake, out, table, &matches[table]);
        match_release(&matches[table]);
    }
    count_files(lake, out);
}

void lake_changes_release(struct lake_changes *changes)
{
    for (int table = 0; table < TABLE_ALL; table++) {
        lake_entries_release(&changes->tables[table].next);
        lake_entries_release(&changes->tables[table].tombstones);
        lake_entries_release(&changes->tables[table].added);
        lake_entries_release(&changes->tables[table].removed);
        lake_keys_release(&changes->tables[table].obsolete);
    }
}
