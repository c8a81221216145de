/* What the files of a run on a cluster share. */
#pragma once

#include "connect.h"
#include "report_rows.h"
#include "sql.h"

#include <spark.h>

struct spark_run {
    const struct run_options *options;
    const struct model *model;
    const atomic_bool *cancel;
    struct run_progress *progress;
    struct run_report *report;
    struct store *in, *out;
    struct lake *lake;
    uint64_t input_bytes;  /* that are read */
    uint64_t packed_bytes; /* of those, in packed files */
    struct output output;
    struct reject_rows rejects;
    struct store_listing files[MODEL_MAX_SOURCES];
    const struct store_listing *listings[MODEL_MAX_SOURCES]; /* the same */
    struct input_diff diff;
    bool is_idle; /* and there are none */
    struct connect_session *session;
    struct spark_sql *sql;
    struct buffer staging;              /* key of the folder */
    uint64_t written[MODEL_MAX_TABLES]; /* rows, as Spark counted them */
    _Atomic uint64_t matched;           /* facts, by the first look-up */
};

/* spark_list.c: the files of all sources, how they differ from those that earlier runs have read,
 * and so whether the run is an increment; `ctx` is the run. */
NODISCARD enum status spark_list_inputs(void *ctx, struct error *error);
/* spark_step.c: an operation on the server, whose progress is that of the run. */
NODISCARD enum status spark_command(struct spark_run *run, const struct spark_statement *statement,
                                    struct error *error);
/* All rows of a SELECT, in its order; STATUS_CORRUPT where others arrive than Spark has counted. */
NODISCARD enum status spark_select(struct spark_run *run, const struct spark_statement *statement,
                                   arrow_batch_fn *on_batch, void *ctx, struct error *error);
/* Has Spark write the rows of a SELECT, in any order; sets write->input, and the number of rows. */
NODISCARD enum status spark_write(struct spark_run *run, const struct spark_statement *statement,
                                  struct connect_write *write, uint64_t *out_rows,
                                  struct error *error);

/* spark_stored.c: views of what earlier runs have left. */
NODISCARD enum status spark_view_state(struct spark_run *run, struct error *error);
/* Of the facts, once the sources are parsed. */
NODISCARD enum status spark_view_facts(struct spark_run *run, struct error *error);

/* spark_tables.c: the rows of a table, written into its files. */
/* Whether the rows of a table come here; else Spark writes them into the staging folder. */
bool spark_is_streamed(const struct spark_run *run, int table);
NODISCARD enum status spark_begin_staging(struct spark_run *run, struct error *error);
NODISCARD enum status spark_write_table(struct spark_run *run, int table, struct error *error);
