/* known: the facts that are in the lake already, as far as new ones may be identical to them. */
#ifndef SPARKIFY_NATIVE_KNOWN_H
#define SPARKIFY_NATIVE_KNOWN_H

#include "seen.h"
#include "stored_facts.h"
#include "times.h"

/* A file of facts; opened when a fact of its month comes. */
struct known_file {
    const struct store_object *object; /* in the listing */
    uint32_t month;
    struct read_back file;
    bool is_open;
    bool *is_loaded; /* by row group */
};

struct known {
    const struct fact_layout *layout;    /* borrowed */
    struct store *store;                 /* borrowed */
    const struct parquet_schema *schema; /* of the facts; borrowed */
    struct store_listing listing;
    struct known_file *files;
    size_t count;
    struct stored_facts facts; /* a row group */
    struct times times;        /* of what was loaded */
};

/* Takes the listing of the table's files. */
void known_init(struct known *known, const struct fact_layout *layout, struct store *store,
                const struct parquet_schema *schema, struct store_listing *listing);
void known_release(struct known *known);
/* Makes all facts of the month between these times be in `seen` and in `times`. They are
 * loaded by row groups, each once. */
NODISCARD enum status known_load(struct known *known, uint32_t month, int64_t first_ms,
                                 int64_t last_ms, struct seen *seen, struct error *error);

#endif
