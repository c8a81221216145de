/* lake_plan: the object "_sparkify/plans/<run id>.plan". For each table it has the lines of the
 * next version of its Delta log, and then, for each, the entries of all kept versions; last the
 * lines for tables that a rebuild has removed. */
#pragma once

#include "decision.h"

struct lake_plan_part {
    int64_t version;    /* of its log, which the lines are */
    struct str log;     /* empty: the table stays as it is */
    struct str entries; /* lines of lake_entry_write */
};

struct lake_plan {
    struct buffer text; /* all logs, then all entries, then logs of retired tables */
    uint64_t hash;      /* hash_stored of the text */
    uint64_t log_bytes[MODEL_MAX_TABLES], entries_bytes[MODEL_MAX_TABLES]; /* how long they are */
    uint64_t retired_bytes[LAKE_MAX_RETIRED];
    struct lake_plan_part parts[MODEL_MAX_TABLES];   /* borrowed from the text */
    struct lake_plan_part retired[LAKE_MAX_RETIRED]; /* without entries */
};

/* Sets the parts' texts by the lengths; false when these are not as long as the text together. */
bool lake_plan_cut(struct lake_plan *plan);
void lake_plan_release(struct lake_plan *plan);

/* Writes the hash as it stands in the decision, terminated. */
#define LAKE_HASH_LEN 16
void lake_plan_print_hash(const struct lake_plan *plan, char out[static LAKE_HASH_LEN + 1]);
