/* metrics: the metrics of a run for a monitoring system. */
#pragma once

#include <run.h>

/* Writes the metrics of a run in the OpenMetrics format, which node_exporter's textfile collector
 * reads, too. The file appears complete. `report` is NULL when the run failed before it began.
 * After a failure the time of the last successful run is copied from the file that is replaced. */
NODISCARD enum status metrics_write(const char *path, const struct run_report *report,
                                    bool has_succeeded, struct error *error);
