/* sandbox: what a worker cannot do, whatever DuckDB is made to do. */
#ifndef SPARKIFY_QUERY_SANDBOX_H
#define SPARKIFY_QUERY_SANDBOX_H

#include "worker.h"

/* Limits the process that calls, for good: its memory by options->process_bytes; and where
 * options->folder is not empty, what it may read to that folder and to what DuckDB must know of the
 * machine, and it can write nothing, reach no network and signal no other process, as far as the
 * kernel has it (Landlock). To be called once all libraries are loaded. STATUS_FAILED when the
 * kernel has it and refuses. */
NODISCARD enum status sandbox_enter(const struct worker_options *options, struct error *error);

#endif
