/* fact_winners: of all facts of a key, the one that wins by a rule over facts. */
#pragma once

#include "facts.h"

#include <pthread.h>

#define WINNER_SHARDS 16

/* Threads add winners at once: a key is in the shard of its hash, which one thread has at a time.
 */
struct fact_winners {
    const struct fact_rule *rule; /* borrowed */
    struct rows rows;             /* as the rule's winner: all, once they are finished */
    struct fact_winners_shard {
        pthread_mutex_t mutex;
        struct index index;  /* by the keys */
        struct rows rows;    /* until they are finished; then its arena alone is in use */
        size_t string_limit; /* of the memory of strings, in which those of replaced winners stay */
    } shards[WINNER_SHARDS];
};

void fact_winners_init(struct fact_winners *winners, const struct fact_rule *rule);
void fact_winners_release(struct fact_winners *winners);
/* Adds the winners of a batch, all of whose pieces have ended. Any thread may call it. */
void fact_winners_add(struct fact_winners *winners, const struct batch_winners *batch);
/* Adds a winner from a row of a table of the rule, written by an earlier run; its strings are
 * copied. */
void fact_winners_add_stored(struct fact_winners *winners, const struct model_table *table,
                             const struct table_group *group, size_t row);
/* All winners are there: puts them into `rows`. */
void fact_winners_finish(struct fact_winners *winners);
