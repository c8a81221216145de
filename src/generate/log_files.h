/* log_files: the log files, one for each day. */
#ifndef SPARKIFY_GENERATE_LOG_FILES_H
#define SPARKIFY_GENERATE_LOG_FILES_H

#include "dataset.h"

/* Adds to the report what was written below `folder`, by as many threads as the options say. */
NODISCARD enum status log_files_write(const struct dataset *dataset, const char *folder,
                                      struct generate_report *report, struct error *error);

#endif
