/* foreign: commits of other programs to the tables. A run that went on after one would remove its
 * rows, so it is refused; and nothing is removed, since the other's version may hold files of ours.
 *
 * Another program's version differs from ours in one of two ways. Its number is higher than what
 * was decided. Or it has the number of the newest decision, where it was put before the decision's
 * own log: then its first line is not that of the plan, which has the run's id. Older versions need
 * no check: each decision was put by a run that had found those before it to be ours. */
#pragma once

#include "lake_plan.h"
#include "lake_private.h"

/* All return STATUS_FOREIGN when another program has committed to a table, and STATUS_CORRUPT when
 * versions of a log are missing. */

/* Checks the logs that were listed when the lake was opened against the newest decision's plan. */
NODISCARD enum status lake_check_logs(const struct lake *lake, const struct lake_plan *plan,
                                      struct error *error);
/* Checks that the listed log of a table ends with its version. */
NODISCARD enum status lake_check_log_end(const struct lake *lake, int table, struct error *error);
/* The same by a new listing, right before this run's decision. STATUS_CONFLICT when another run of
 * ours has committed. */
NODISCARD enum status lake_check_no_other(struct lake *lake, struct error *error);
/* Checks a version that could not be put because there is one: STATUS_OK when it is the plan's. */
NODISCARD enum status lake_check_put(const struct lake *lake, const struct model_table *table,
                                     const struct lake_plan_part *part, struct error *error);
/* Checks by a new listing that the logs end with these versions, or, with `may_lack`, as their run
 * may have crashed, the ones before. */
NODISCARD enum status lake_check_log_ends(struct store *store, const struct model *model,
                                          const int64_t versions[static MODEL_MAX_TABLES],
                                          bool may_lack, struct error *error);
