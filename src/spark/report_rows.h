/* report_rows: what Spark tells of the records: how many there are, which are rejected, and what
 * fields nobody knows. Each is an arrow_batch_fn. */
#ifndef SPARKIFY_SPARK_REPORT_ROWS_H
#define SPARKIFY_SPARK_REPORT_ROWS_H

#include "arrow.h"

#include <output.h>
#include <run.h>

/* Where the counts go, and which of them have come. */
struct count_rows {
    struct run_report *report;
    bool has[SOURCE_COUNT][REJECT_CODE_COUNT + 2]; /* kept, left_out, and a reject's code */
    bool has_identical, has_shared_keys;
};
/* (source, name, records) of the counts, each once at most; `ctx` is a count_rows. */
arrow_batch_fn count_rows_add;
/* STATUS_CORRUPT where a count is missing that is there also when it is 0. */
NODISCARD enum status count_rows_finish(const struct count_rows *counts, struct error *error);
/* (source, name, records) of unknown fields, by source and name; `ctx` is the run's report. */
arrow_batch_fn unknown_rows_add;

struct reject_rows {
    struct rejects rejects;
    const struct store *in; /* borrowed: names of files are told below it */
    struct buffer root;     /* its address, as Spark names files in it, with '/' at its end */
    struct buffer name;     /* of the current file */
};
void reject_rows_begin(struct reject_rows *rows, struct lake *lake,
                       const struct run_options *options, const struct store *in);
void reject_rows_release(struct reject_rows *rows);
/* (source, file, line, byte_offset, code, reason, record, record_base64) of rejected records; `ctx`
 * is a reject_rows. */
arrow_batch_fn reject_rows_add;

#endif
