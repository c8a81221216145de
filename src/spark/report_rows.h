/* report_rows: the rows that Spark sends for the report: counts, and rejected records. Each
 * function that adds them is an arrow_batch_fn. */
#pragma once

#include "arrow.h"

#include <output.h>
#include <run.h>

/* The report that gets the counts, and what has arrived. */
struct count_rows {
    struct run_report *report;
    bool has_identical, has_shared_keys;
    struct buffer last, next; /* what the last row counts, and the one that comes */
};
void count_rows_release(struct count_rows *counts);
/* Adds counts (source, name, field, records), in this order; `ctx` is a count_rows. The counts of
 * unknown fields are among them. STATUS_CORRUPT when a count is unknown or arrives twice. */
arrow_batch_fn count_rows_add;
/* STATUS_CORRUPT where a count is missing that is there also when it is 0. */
NODISCARD enum status count_rows_finish(const struct count_rows *counts, struct error *error);

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
