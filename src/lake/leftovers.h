/* leftovers: what crashed runs have left in the lake: data files that no version has ever held or,
 * of another model, holds; and plans that no decision names. */
#pragma once

#include "lake_private.h"

/* True for a listed data file, finished or not, that is not among the keys of the kept versions'
 * files, which are sorted, and is not a running run's. */
bool lake_is_leftover(const struct lake *lake, int table, const struct lake_keys *known,
                      struct str key);
/* True for a data file of another model that is in no version, is not kept for readers, and is not
 * a running run's. */
bool lake_is_others_leftover(const struct lake *lake, struct str key);
/* True for a plan that is not the newest decision's, nor a running run's. */
bool lake_is_old_plan(const struct lake *lake, struct str key);

/* True when there is any of them. */
bool lake_has_leftovers(const struct lake *lake);
/* The data files of tables among them. */
uint64_t lake_count_leftovers(const struct lake *lake);
