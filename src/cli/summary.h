/* summary: what a run did, for people and for machines. */
#ifndef SPARKIFY_CLI_SUMMARY_H
#define SPARKIFY_CLI_SUMMARY_H

#include <jansson.h>
#include <run.h>

void summary_print(const struct run_options *options, const struct run_report *report);
/* "file:line: code: reason" */
void summary_reject(const struct reject_sample *reject, struct buffer *out);
json_t *summary_json(const struct run_options *options, const struct run_report *report);

#endif
