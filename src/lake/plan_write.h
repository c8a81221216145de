/* plan_write: what a commit's plan says: the new versions of the Delta logs, and all entries. */
#pragma once

#include "change.h"
#include "lake_plan.h"

/* Puts the plan's object under `key`, and leaves in *out what the logs need of it: all but the
 * entries' text. A table's first version gives it an id and a time, and one after columns were
 * added another schema: these are set in the lake's tables. Fails as store_upload_finish. */
NODISCARD enum status lake_plan_write(struct lake *lake, const struct lake_changes *changes,
                                      struct str key, struct lake_plan *out, struct error *error);
