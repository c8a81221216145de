/* probe: whether a store can commit: two runs that put the same decision must not both succeed. */
#pragma once

#include "lake_private.h"

/* STATUS_FAILED when the store overwrites an object that it was asked not to; the store's
 * error when it refuses to write or delete. */
NODISCARD enum status lake_probe_store(struct lake *lake, struct error *error);
