/* fact_winners: of all facts of a key, the one that wins by a rule over facts. */
#pragma once

#include "facts.h"

struct fact_winners {
    const struct fact_rule *rule; /* borrowed */
    struct index index;           /* by the keys */
    struct rows rows;             /* as the rule's winner */
    size_t string_limit; /* of the memory of strings, in which those of replaced winners stay */
};

void fact_winners_init(struct fact_winners *winners, const struct fact_rule *rule);
void fact_winners_release(struct fact_winners *winners);
/* Adds the winners of a batch, all of whose pieces have ended. */
void fact_winners_add(struct fact_winners *winners, const struct batch_winners *batch);
/* Adds a winner from a row of a table of the rule, written by an earlier run; its strings are
 * copied. */
void fact_winners_add_stored(struct fact_winners *winners, const struct model_table *table,
                             const struct table_group *group, size_t row);
