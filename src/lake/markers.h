/* markers: which runs are running, by their "_sparkify/runs/<run id>.json".
 *
 * A run has a marker from its first file to its end, and puts it anew every half minute. Another
 * run on the same machine checks whether the process exists; one on another machine believes the
 * marker for ten minutes, which is far more than two clocks differ: a marker from further ahead,
 * too, is that of a crashed run. What a running run has put is left alone.
 *
 * A run that was suspended for so long that it counts as crashed does no harm when it continues:
 * none of its files is removed without a decision, and after that its own is refused. */
#pragma once

#include "lake_private.h"

#define LAKE_MAX_MARKER_BYTES ((size_t)64 << 10)

/* Finds out which of the listed markers are those of running runs. */
NODISCARD enum status lake_find_running(struct lake *lake, struct error *error);
/* True when the key carries the id of another run that is running. */
bool lake_is_running(const struct lake *lake, struct str key);

/* Puts this run's marker, and again every half minute from a thread of its own, unless that has
 * begun. To be called before anything else is put. */
NODISCARD enum status lake_heartbeat_begin(struct lake *lake, struct error *error);
/* Ends the thread, and adds the marker's key to what is to be deleted; nothing where there is no
 * marker. */
void lake_heartbeat_end(struct lake *lake, struct lake_keys *out);
