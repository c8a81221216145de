/* input_settle: what a difference of the input lets a run do. */
#pragma once

#include <run.h>

/* STATUS_FAILED where objects are missing, and the options do not say what then. */
NODISCARD enum status input_check_missing(const struct input_diff *diff,
                                          const struct run_options *options, struct error *error);
