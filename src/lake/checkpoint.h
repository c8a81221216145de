/* checkpoint: a table's state at one version of its Delta log as a Parquet file, so that readers
 * need none of the versions before it (Delta Transaction Log Protocol, "Checkpoints", V1 spec). */
#pragma once

#include "decision.h"
#include "entries.h"

struct checkpoint {
    const struct model_table *table;
    const struct lake_log *log; /* of the version of the checkpoint */
    const struct lake_entries *files;
    const struct lake_entries *removed; /* which readers of older versions may still need */
    enum parquet_codec codec; /* that of the table's files, so that their readers can read it */
    const char *created_by;   /* "sparkify version 0.1.0" */
};

/* Appends the file. The bytes depend on the checkpoint alone. */
void checkpoint_write(struct buffer *out, const struct checkpoint *checkpoint);
/* Appends the text of "_last_checkpoint" for a checkpoint that is `bytes` long (protocol, "Last
 * Checkpoint File Schema"). */
void checkpoint_write_pointer(struct buffer *out, const struct checkpoint *checkpoint,
                              size_t bytes);
