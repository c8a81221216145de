/* kept_facts: in a full run, keeps the facts of files that are gone and whose records are to stay.
 */
#pragma once

#include "fact_table.h"

struct kept_facts_source {
    struct output *output;
    struct store *store;          /* of the output */
    const struct lookup *lookups; /* by the model's look-ups */
};
/* Adds those rows of the lake's table that are not among the facts that were read, all of which
 * must have been added. Errors name the file that could not be read, and what to try. */
NODISCARD enum status kept_facts_add(const struct kept_facts_source *source,
                                     struct fact_table *table, const atomic_bool *cancel,
                                     struct error *error);
