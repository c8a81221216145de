/* plan_write: what a commit's plan says: the new versions of the Delta logs, and all entries. */
#pragma once

#include "change.h"
#include "lake_plan.h"

/* Writes the plan. A table's first version gives it an id and a time, and one after columns were
 * added another schema: these are set in the lake's tables. */
void lake_plan_write(struct lake *lake, const struct lake_changes *changes, struct lake_plan *out);
