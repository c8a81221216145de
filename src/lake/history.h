/* history: the decisions so far (lake_history_*). */
#pragma once

#include <lake.h>

/* Called for a decision that is damaged, with the message. */
typedef void lake_history_damaged_fn(void *ctx, const char *message);
/* Reads all decisions to find those that are damaged. */
NODISCARD enum status lake_history_examine(struct store *store, lake_history_damaged_fn *damaged,
                                           void *ctx, struct error *error);
