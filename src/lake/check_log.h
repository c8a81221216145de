/* check_log: the Delta log against the plan. Where other programs have deleted the first versions
 * behind a checkpoint, the rest must be there and readable, and is not replayed. */
#pragma once

#include "check_problem.h"

/* Replays the table's log: what its versions say of the table and of the current files is what the
 * plan says. Opens its checkpoints. Errors are those of the store. */
NODISCARD enum status check_log(struct check *check, int table, struct error *error);
