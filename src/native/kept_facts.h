/* kept_facts: in a full run, the facts of files that are gone, and that are to stay in the tables.
 */
#ifndef SPARKIFY_NATIVE_KEPT_FACTS_H
#define SPARKIFY_NATIVE_KEPT_FACTS_H

#include "fact_table.h"

struct kept_facts_source {
    struct output *output;
    struct store *store; /* of the output */
    const struct lookup *lookup;
};
/* Adds to the facts that were read, which must all be there, those rows of the lake's table that
 * are not among them. */
NODISCARD enum status kept_facts_add(const struct kept_facts_source *source,
                                     struct fact_table *table, const atomic_bool *cancel,
                                     struct error *error);

#endif
