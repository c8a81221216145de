/* check_own: the lake's own objects. Each decision and marker can be read; and objects in the
 * lake's folders that are not ours are counted. */
#pragma once

#include "check_problem.h"

/* Errors are those of the store. */
NODISCARD enum status check_own(struct check *check, struct error *error);
