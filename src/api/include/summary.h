/* summary: the JSON document of a run. */
#pragma once

#include <jansson.h>
#include <run.h>

/* Appends "file:line: code: reason". */
void summary_append_reject(const struct reject_sample *reject, struct buffer *out);
json_t *summary_json(const struct run_options *options, const struct run_report *report);
