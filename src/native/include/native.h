/* native: the embedded engine: song and log JSON in, the five tables out, in this process. */
#pragma once

#include <run.h>

/* Runs the job. `cancel` becomes true when the user wants it to stop (STATUS_INTERRUPTED). The
 * report is filled as far as the run got, also on failure. Unless STATUS_OK is returned, the old
 * tables stay current. */
NODISCARD enum status native_run(const struct run_options *options, const atomic_bool *cancel,
                                 struct run_progress *progress, struct run_report *report,
                                 struct error *error);
