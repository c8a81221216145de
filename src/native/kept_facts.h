/* kept_facts: in a full run, keeps the facts of files that are gone and whose records are to stay.
 */
#pragma once

#include "fact_table.h"

/* Adds those rows of the lake's table that are not among the facts that were read, all of which
 * must have been added. `store` is the output's, `lookups` are by the model's. Errors name the file
 * that could not be read, and what to try. */
NODISCARD enum status kept_facts_add(struct fact_table *table, struct store *store,
                                     const struct lookup *lookups, const atomic_bool *cancel,
                                     struct error *error);
