/* log_put: a plan's versions go into the tables' Delta logs. Two runs may put the same one: it has
 * the same bytes, and is put only if absent. */
#pragma once

#include "lake_plan.h"
#include "lake_private.h"

/* Puts the versions that were not listed when the lake was opened. STATUS_FOREIGN when another
 * program has put one of that number. */
NODISCARD enum status lake_put_logs(struct lake *lake, const struct lake_plan *plan,
                                    struct error *error);
/* The same for a plan that was read, whose run has crashed before it put them. STATUS_CORRUPT when
 * its lines are not what may be in a log: nobody has read them before. */
NODISCARD enum status lake_complete_logs(struct lake *lake, const struct lake_plan *plan,
                                         struct error *error);
