/* leftovers: what crashed runs have left in the lake: data files that no version has ever held or,
 * of another model, holds; and plans that no decision names. */
#pragma once

#include "lake_private.h"

/* Adds the listed data files, finished or not, that are in no kept version, are not kept for
 * readers, and are not a running run's; borrowed. */
void lake_find_leftovers(const struct lake *lake, struct lake_keys *out);
/* True for a plan that is not the newest decision's, nor a running run's. */
bool lake_is_old_plan(const struct lake *lake, struct str key);
bool lake_has_old_plans(const struct lake *lake);
