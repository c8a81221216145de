/* summary: what a run did, for people and for machines. */
#ifndef SPARKIFY_CLI_SUMMARY_H
#define SPARKIFY_CLI_SUMMARY_H

#include <jansson.h>
#include <run.h>

void summary_print(const struct run_options *options, const struct run_report *report);
json_t *summary_json(const struct run_options *options, const struct run_report *report);

#endif
