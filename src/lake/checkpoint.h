/* checkpoint: a table's state at one version of its Delta log as a Parquet file, so that readers
 * need none of the versions before it (Delta Transaction Log Protocol, "Checkpoints", V1 spec). */
#pragma once

#include "entries.h"

struct checkpoint_property {
    struct str key, value;
};

struct checkpoint {
    int32_t reader_version, writer_version;
    struct str id, name, schema; /* the schema as delta_schema has written it */
    const char *const *partitions;
    size_t partition_count;
    const struct checkpoint_property *properties;
    size_t property_count;
    int64_t created_ms; /* when the table was */
    const struct lake_entry *files;
    size_t file_count;
    const struct lake_entry *removed; /* which readers of older versions may still need */
    size_t removed_count;
    enum parquet_codec codec; /* that of the table's files, so that their readers can read it */
    const char *created_by;   /* "sparkify version 0.1.0" */
};

/* Appends the file. The bytes depend on the checkpoint alone. */
void checkpoint_write(struct buffer *out, const struct checkpoint *checkpoint);
/* Appends the text of "_last_checkpoint" for a checkpoint that is `bytes` long (protocol, "Last
 * Checkpoint File Schema"). */
void checkpoint_write_pointer(struct buffer *out, const struct checkpoint *checkpoint,
                              int64_t version, size_t bytes);
