/* retention: which versions of the lake stay readable after a commit. */
#pragma once

#include "lake_private.h"

/* What a commit changes. */
struct lake_extent {
    bool has_changes;   /* of a table or the state */
    bool changes_table; /* of a table */
};

/* Fills the next decision, but for its plan: number, time, and the oldest version that is kept. */
void lake_retention_decide(const struct lake *lake, struct lake_extent extent,
                           struct lake_decision *out);
/* True when a version that is kept holds the file, or its readers still have time. */
bool lake_retention_keeps(const struct lake *lake, const struct lake_decision *decision,
                          const struct lake_entry *entry);
/* Until when a file that is removed now stays for its readers. */
int64_t lake_retention_until_ms(const struct lake *lake);
