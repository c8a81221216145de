/* fact_winners: of all facts of a key, the one that wins by a rule over facts. */
#pragma once

#include "batch_winners.h"

#include <pthread.h>

#define WINNER_SHARDS 16

/* Threads add winners at once: a key is in the shard of its hash, which one thread has at a time.
 */
struct fact_winners {
    const struct fact_rule *rule; /* borrowed */
    struct rows rows;             /* as the rule's winner: all, once they are finished */
    struct fact_winners_shard {
        pthread_mutex_t mutex;
        struct packed_rows rows;
    } shards[WINNER_SHARDS];
};

void fact_winners_init(struct fact_winners *winners, const struct fact_rule *rule);
void fact_winners_release(struct fact_winners *winners);
/* Adds the winners of a piece of input; their rows are good for nothing else then. Any thread may
 * call it. */
void fact_winners_add(struct fact_winners *winners, struct batch_winners *batch);
/* Adds the winners that an earlier run has written, whose strings are copied. */
void fact_winners_add_stored(struct fact_winners *winners, const struct rows *stored);
/* All winners are there: puts them into `rows`. */
void fact_winners_finish(struct fact_winners *winners);
