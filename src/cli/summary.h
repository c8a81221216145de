/* summary: what a run did, for people and for machines. */
#ifndef SPARKIFY_CLI_SUMMARY_H
#define SPARKIFY_CLI_SUMMARY_H

#include <run.h>

void summary_print(const struct run_options *options, const struct run_report *report);
void summary_print_json(const struct run_options *options, const struct run_report *report);

#endif
