/* metrics: a run's figures for a monitoring system. */
#ifndef SPARKIFY_API_METRICS_H
#define SPARKIFY_API_METRICS_H

#include <run.h>

/* Writes the figures of a run into a file as OpenMetrics has them, which node_exporter's textfile
 * collector reads, too. The file appears whole. `report` is NULL when the run has failed before it
 * began. The time of the last run that went well stays from run to run: a failure takes it over
 * from the file that it replaces. */
NODISCARD enum status metrics_write(const char *path, const struct run_report *report,
                                    bool has_succeeded, struct error *error);

#endif
