/* count_report: the counts of a run of this engine, and the check of their sums. */
#pragma once

#include "batch.h"
#include "dimensions.h"
#include "fact_table.h"

#include <output.h>
#include <run.h>

void source_report_add_batch(struct source_report *source, const struct batch *batch);
/* Copies the counts of the facts, and what the lake has counted of each table, into the report. */
void native_report_tables(struct run_report *report, const struct output *output,
                          const struct fact_table *facts);
/* Checks that each record is in a table, skipped by rule, or rejected: STATUS_INTERNAL otherwise.
 * `dimensions` is NULL in an incremental run: then only the facts are checked. */
NODISCARD enum status native_report_check_counts(const struct run_report *report,
                                                 const struct dimensions *dimensions,
                                                 const struct fact_table *facts,
                                                 struct error *error);
