/* report_rows: the rows that Spark sends for the report: counts, rejected records, unknown fields.
 * Each function that adds them is an arrow_batch_fn. */
#pragma once

#include "arrow.h"

#include <output.h>
#include <run.h>

/* The report that gets the counts, and which counts have arrived. */
struct count_rows {
    struct run_report *report;
    /* kept, left_out, unknown_discarded, faulty_discarded, and a reject's code */
    bool has[MODEL_MAX_SOURCES][REJECT_CODE_COUNT + 4];
    bool has_identical, has_shared_keys, has_of_gone_files;
};
/* Adds counts (source, name, records); `ctx` is a count_rows. STATUS_CORRUPT when a count is
 * unknown or arrives twice. */
arrow_batch_fn count_rows_add;
/* STATUS_CORRUPT where a count is missing that is there also when it is 0. */
NODISCARD enum status count_rows_finish(const struct count_rows *counts, struct error *error);
/* Adds unknown fields (source, name, records), by source and name; `ctx` is the run's report. */
arrow_batch_fn unknown_rows_add;

struct reject_rows {
    struct rejects rejects;
    const struct model *model;
    const struct store *in; /* borrowed: names of files are told below it */
    struct buffer root;     /* its address, as Spark names files in it, with '/' at its end */
    struct buffer name;     /* of the current file */
};
/* Begins the run's rejects; `lake` and `in` are borrowed. */
void reject_rows_begin(struct reject_rows *rows, struct lake *lake,
                       const struct run_options *options, const struct store *in);
void reject_rows_release(struct reject_rows *rows);
/* Writes rejected records (source, file, line, byte_offset, code, reason, record, record_base64);
 * `ctx` is a reject_rows. */
arrow_batch_fn reject_rows_add;
