/* log_files: writes the log files, one for each day. */
#pragma once

#include "dataset.h"

/* Writes the log files below `folder` by dataset->options->threads threads, and adds them to
 * *report, also after a failure. */
NODISCARD enum status log_files_write(const struct dataset *dataset, const char *folder,
                                      struct generate_report *report, struct error *error);
