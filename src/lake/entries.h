/* entries: a table's data files, each with the versions of the lake that hold it, and their text in
 * a plan. */
#pragma once

#include <lake.h>

/* In `until`: the newest version holds the file. */
#define LAKE_CURRENT INT64_C(-1)
/* In `keep_until_ms`: the file is not kept; checkpoints still name it as removed. */
#define LAKE_TOMBSTONE INT64_C(-1)
/* The greatest number in a decision or a plan: a sum of two does not overflow. */
#define LAKE_MAX_COUNT (INT64_MAX / 4)

/* A data file. The versions v of the lake with since ≤ v < until hold it. */
struct lake_entry {
    struct str key; /* below the table's folder */
    uint64_t bytes, rows;
    uint64_t hash;         /* hash_stored of its bytes; 0: not known */
    int64_t added_ms;      /* when it became current for the first time */
    int64_t since, until;  /* versions; until: LAKE_CURRENT while the newest holds it */
    int64_t removed_ms;    /* when it was removed from the newest version; 0: it is current */
    int64_t keep_until_ms; /* it is not deleted before, as readers may still use it */
    struct str stats;      /* Delta's statistics as JSON; empty: there are none */
};

/* True when this version of the lake holds the file. */
bool lake_entry_is_of(const struct lake_entry *entry, int64_t version);

struct lake_entries {
    struct lake_entry *entries;
    size_t count, cap;
    struct arena arena; /* keys and statistics that are not borrowed */
};
/* Copies the entry with its strings. */
void lake_entries_add(struct lake_entries *entries, const struct lake_entry *entry);
/* Makes room for so many entries in all. */
void lake_entries_reserve(struct lake_entries *entries, size_t count);
/* Copies the entry, whose strings are borrowed. */
void lake_entries_share(struct lake_entries *entries, const struct lake_entry *entry);
/* By key, so that a folder's files stand together, then by `since`. */
void lake_entries_sort(struct lake_entries *entries);
/* True when there is one of this file; they are sorted. */
bool lake_entries_has(const struct lake_entries *entries, struct str key);
/* Files, bytes and rows of the newest version. */
struct lake_counts lake_entries_count_current(const struct lake_entries *entries);
void lake_entries_release(struct lake_entries *entries);

/* Appends the line of an entry:
 *   bytes rows hash added since until removed keep_until key TAB stats
 * where times are milliseconds. No key holds a tab: control bytes are escaped in folders. */
void lake_entry_write(const struct lake_entry *entry, struct buffer *out);
/* Parses such lines. `newest` is the newest version of the lake. `out` is sorted, `tombstones` are
 * in the order of their lines. STATUS_CORRUPT, with the line, when one is damaged, does not name a
 * data file of the table, names versions that do not exist, or two name a file for one version. */
NODISCARD enum status lake_entries_parse(struct str text, const struct model_table *table,
                                         int64_t newest, struct lake_entries *out,
                                         struct lake_entries *tombstones, struct error *error);
