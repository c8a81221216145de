/* check_file: one file. Its size and hash are those of the plan, its pages agree with their
 * checksums, its statistics and those in the log are those of its values. */
#pragma once

#include "check_problem.h"

/* One thread's memory. */
struct check_worker {
    struct parquet_values *values[MODEL_MAX_COLUMNS];
    struct buffer bytes;
};

/* Reads a file into the worker's memory; false when its bytes are not those that were written,
 * which is reported. */
bool check_bytes(struct check *check, struct check_worker *worker, int table,
                 const struct lake_entry *entry);
/* Reads a file and compares it with what the plan says of it. */
void check_file(struct check *check, struct check_worker *worker, int table,
                const struct lake_entry *entry);
