/* native_state: what a run must know of those before it, beside the tables themselves: the records
 * that have won, what facts are looked up in, and the winners among the facts. (What has been read
 * is in run.h, input_diff.) It is in tables of the lake's, and becomes current with the others.
 *
 * Winners are the first in an order over whole records: the winner of all records is the winner of
 * those of some and the others. So of what was read only the records must be kept that have won. */
#ifndef SPARKIFY_NATIVE_NATIVE_STATE_H
#define SPARKIFY_NATIVE_NATIVE_STATE_H

#include "dimensions.h"
#include "fact_winners.h"

#include <output.h>

/* For files that an increment needs and that cannot be read. */
#define STATE_HINT "remove it and run without --incremental: that writes a new one"
/* For files that a run over all input needs, some of which is gone; borrowed from the buffer. */
const char *native_state_rebuild_hint(struct buffer *buffer, const struct model_source *source);

/* False where the last run has not left what an incremental one needs: the Spark engine does not.
 */
bool native_state_is_complete(const struct output *output);
/* For an incremental run; of the dimensions only what is needed for looking up. */
NODISCARD enum status native_state_read_lookup(const struct output *output, struct store *store,
                                               struct dimensions *dimensions, struct error *error);
NODISCARD enum status native_state_read_fact_winners(const struct output *output,
                                                     struct store *store,
                                                     struct fact_winners *winners,
                                                     struct error *error);
/* For a run over all input while some is gone: adds the records of a source, or the winners among
 * the facts, of all that was ever read. STATUS_FAILED where they are not recorded. */
NODISCARD enum status native_state_keep_records(const struct output *output, struct store *store,
                                                enum source_id source,
                                                struct dimensions *dimensions, struct error *error);
NODISCARD enum status native_state_keep_fact_winners(const struct output *output,
                                                     struct store *store,
                                                     struct fact_winners *winners,
                                                     struct error *error);

#endif
