/* committed_facts: the facts of the lake's current version, loaded as far as new facts may be
 * identical to them. */
#pragma once

#include "fact_set.h"
#include "stored_facts.h"
#include "times.h"

/* A file of facts; opened with the first new fact of its period. */
struct committed_facts_file {
    const struct store_object *object; /* in the listing */
    uint32_t period;
    struct read_back file;
    bool is_open;
    bool *is_loaded; /* by row group */
};

struct committed_facts {
    const struct fact_layout *layout;    /* borrowed */
    struct store *store;                 /* borrowed */
    const struct parquet_schema *schema; /* of the facts; borrowed */
    struct store_listing listing;
    struct committed_facts_file *files;
    size_t count;
    struct stored_facts facts; /* a row group */
    struct times times;        /* of the rows that were loaded */
};

/* Takes ownership of the listing of the table's files; the rest is borrowed. */
void committed_facts_init(struct committed_facts *committed, const struct fact_layout *layout,
                          struct store *store, const struct parquet_schema *schema,
                          struct store_listing *listing);
void committed_facts_release(struct committed_facts *committed);
/* Adds all facts of the period with a time in [first, last] to `set` and to `times`. Each row group
 * is loaded at most once. Errors name the file that could not be read. */
NODISCARD enum status committed_facts_load(struct committed_facts *committed, uint32_t period,
                                           int64_t first, int64_t last, struct fact_set *set,
                                           struct error *error);
