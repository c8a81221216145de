/* write_tables: the write phase: writes all tables, on all threads. */
#pragma once

#include "dimensions.h"
#include "fact_table.h"

#include <run.h>

struct write_tables_source {
    struct output *output;
    const struct input_diff *diff;
    const struct store_listing *files[MODEL_MAX_SOURCES];
    const struct dimensions *dimensions;
    struct fact_table *facts;
};
/* Encodes and puts the tables, the last row groups of the facts, and the state for incremental
 * runs. STATUS_INTERRUPTED when `cancel` became true. */
NODISCARD enum status native_write_tables(const struct write_tables_source *source,
                                          const atomic_bool *cancel, struct run_progress *progress,
                                          struct error *error);
