/* lake_state: what the newest decision says. Reads it and its plan. */
#pragma once

#include "lake_plan.h"
#include "lake_private.h"

/* Reads the newest decision that was listed, and its plan, into the lake's tables; the plan's text
 * is the caller's, too. Where there is none, nothing is set. STATUS_NOT_FOUND when the plan is not
 * there, STATUS_CORRUPT when one of the two is damaged, STATUS_FOREIGN when they are of a format
 * that this program does not know. Sets lake->model first: where its folders are not those that
 * were listed, nothing else is read. */
NODISCARD enum status lake_state_read(struct lake *lake, struct lake_plan *out,
                                      struct error *error);
/* As before the state was read. */
void lake_state_release(struct lake *lake);

/* STATUS_NOT_FOUND unless there is a version of the lake. */
NODISCARD enum status lake_check_any(const struct lake *lake, struct error *error);
/* STATUS_NOT_FOUND unless the lake has this version, and keeps it. */
NODISCARD enum status lake_check_kept(const struct lake *lake, int64_t version,
                                      struct error *error);
