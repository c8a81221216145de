/* delta_log: the actions of a Delta table's log, a line of JSON each (Delta Transaction Log
 * Protocol, "Actions"; reader version 1, writer version 2). */
#pragma once

#include "entries.h"

#define DELTA_READER_VERSION 1
#define DELTA_WRITER_VERSION 2
/* A property of the table, which other writers follow, too (protocol, "Table Properties" of Delta
 * Lake). */
#define DELTA_CHECKPOINT_INTERVAL 10
#define DELTA_PROPERTY_KEY        "delta.checkpointInterval"
#define DELTA_PROPERTY_VALUE      "10"

/* Appends the table's schema as JSON. */
void delta_schema(struct buffer *out, const struct model_table *table);
/* Appends the path of the file `key` as a log has it. */
void delta_path(struct buffer *out, struct str key);

/* Appends the key below the table's folder that a path in the log means; false when it is not that
 * of a data file of ours. */
bool delta_key(const struct model_table *table, struct str path, struct buffer *out);
/* STATUS_CORRUPT when a version's lines are not actions, or one names a file that is not one of
 * these tables', which are of one folder. */
NODISCARD enum status delta_check_lines(const struct model_table *const *tables, size_t count,
                                        struct str lines, struct error *error);

/* Each appends an action, a line. */

void delta_protocol(struct buffer *out);
/* `id` is that of the table, in all of its versions. */
void delta_metadata(struct buffer *out, const struct model_table *table, const char *id,
                    int64_t now_ms);
/* When the file was added, and its statistics, are the entry's. */
void delta_add(struct buffer *out, const struct model_table *table, const struct lake_entry *file);
void delta_remove(struct buffer *out, const struct model_table *table,
                  const struct lake_entry *file, int64_t now_ms);

/* What a commitInfo says to people: `operation` is "WRITE" or "RESTORE". */
struct delta_info {
    const char *operation, *version, *run_id;
    bool is_append; /* else the files replace those before them */
    uint64_t files, removed_files, rows, bytes;
    int64_t now_ms;
};
void delta_commit_info(struct buffer *out, const struct model_table *table,
                       const struct delta_info *info);

/* Statistics of a file: JSON, with one entry of `columns` for each column that is in the file
 * (protocol, "Per-file Statistics"), of which those that are absent are skipped. `is_paired`: a
 * column has both bounds or neither, and no time beyond the years 1 to 9999; as earlier programs
 * have written them, it may have one alone, and "10000-01-01T00:00:00.000Z". */
void delta_stats(struct buffer *out, const struct model_table *table, uint64_t rows,
                 const struct parquet_statistics *columns, bool is_paired);
