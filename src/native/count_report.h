/* count_report: the counts of a run, and the check that they add up. */
#ifndef SPARKIFY_NATIVE_COUNT_REPORT_H
#define SPARKIFY_NATIVE_COUNT_REPORT_H

#include "batch.h"
#include "dimensions.h"
#include "fact_table.h"

#include <output.h>
#include <run.h>

void source_report_add_batch(struct source_report *source, const struct batch *batch);
/* Takes over what the lake has counted of each table. */
void native_report_tables(struct run_report *report, const struct output *output,
                          const struct fact_table *facts);
/* STATUS_INTERNAL when a record is in no table, in no count of what was skipped, and not among the
 * rejects. In an increment (no dimensions) only the facts are counted. */
NODISCARD enum status native_report_check_counts(const struct run_report *report,
                                                 const struct dimensions *dimensions,
                                                 const struct fact_table *facts,
                                                 struct error *error);

#endif
