/* change: what a commit makes of the lake's files. A file that is removed is kept while a kept
 * version holds it, or a reader may still be using it. */
#pragma once

#include "lake_private.h"

/* Of a table. The entries borrow their strings from the lake. */
struct lake_change {
    struct lake_entries next;       /* current or kept afterwards */
    struct lake_entries tombstones; /* removed within a week, and not kept */
    struct lake_entries added;      /* become current */
    struct lake_entries removed;    /* are current no longer */
    struct lake_keys obsolete;      /* new files that are the same as current ones */
};
struct lake_changes {
    struct lake_change tables[MODEL_MAX_TABLES];
    struct lake_keys leftovers;    /* lake_find_leftovers */
    struct lake_decision decision; /* the next one, but for its plan */
    struct str replaced_plan;      /* the newest decision's, so far */
    bool has_changes;              /* else nothing need be committed */
};

/* By the lake's entries and new files, each table's mode, and lake_restore or lake_vacuum. Sets
 * what lake_table_version says, too. */
void lake_changes_make(struct lake *lake, struct lake_changes *out);
void lake_changes_release(struct lake_changes *changes);
