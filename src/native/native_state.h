/* native_state: reads what a run must know of earlier runs beside the tables: the records that win,
 * the records that facts are looked up in, and the winners among the facts. (Which objects have
 * been read is in run.h, input_diff.) It is in tables of the lake, which become current with the
 * others.
 *
 * A winner is the first in an order over whole records, so the winner of old and new records
 * together is the winner of the old winners and the new records. Only records that win must be
 * kept. */
#pragma once

#include "dimensions.h"
#include "fact_table.h"

#include <run.h>

/* The hint of errors for files that an incremental run needs and that cannot be read. */
#define STATE_HINT "remove it and run without --incremental: that writes a new one"
/* The hint for files that a full run needs because some of the input is gone; borrowed from the
 * buffer. */
const char *native_state_rebuild_hint(struct buffer *buffer, const struct model_source *source);

/* For an incremental run: reads of the dimensions only what look-ups need. */
NODISCARD enum status native_state_read_lookup(const struct output *output, struct store *store,
                                               struct dimensions *dimensions, struct error *error);
NODISCARD enum status native_state_read_fact_winners(struct fact_table *table, struct store *store,
                                                     struct error *error);
/* For a full run while some of the input is gone: adds the records of a source, or the winners
 * among the facts, of all input that was ever read. STATUS_FAILED where they are not recorded. */
NODISCARD enum status native_state_keep_records(const struct output *output, struct store *store,
                                                int source, struct dimensions *dimensions,
                                                struct error *error);
NODISCARD enum status native_state_keep_fact_winners(struct fact_table *table, struct store *store,
                                                     struct error *error);
