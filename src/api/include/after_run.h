/* after_run: what follows a run: a file of metrics, and commands of the user. */
#pragma once

#include <options.h>

#include <run.h>

struct after_run_settings {
    const char *metrics_file, *on_success, *on_failure; /* NULL: not wanted */
};
/* The options, whose values are in a struct after_run_settings. */
extern const struct option after_run_options[];

/* Writes the metrics, and runs the command for the status with the run's document on its standard
 * input. Failures of this are notes, since the run has ended. `report` may be NULL; `error` is read
 * unless the status is STATUS_OK. */
void after_run_notify(const struct after_run_settings *settings, const struct command *command,
                      const struct common_settings *common, const struct run_report *report,
                      json_t *content, enum status status, const struct error *error);
