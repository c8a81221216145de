/* newest: whether another run has committed since the lake was opened (lake_still_newest too). */
#pragma once

#include "lake_private.h"

/* *out_is_newest: no decision has come after the newest one that the lake knows. */
NODISCARD enum status lake_is_newest(const struct lake *lake, bool *out_is_newest,
                                     struct error *error);
/* Sets the error that another run has put the next decision, with that run's id. */
enum status lake_report_conflict(const struct lake *lake, struct error *error);
