/* logs: the log files, one for each day. */
#ifndef SPARKIFY_GENERATE_LOGS_H
#define SPARKIFY_GENERATE_LOGS_H

#include "plan.h"

/* Adds to the report what was written below `folder`, by as many threads as the options say. */
NODISCARD enum status logs_write(const struct plan *plan, const char *folder,
                                 struct generate_report *report, struct error *error);

#endif
