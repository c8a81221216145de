/* progress_line: the progress of a run as one line of text. */
#pragma once

#include <run.h>

/* The phase in the words of the run's model. */
const char *progress_line_phase(const struct run_progress *run);
void progress_line_describe(const struct run_progress *run, double elapsed_s, struct buffer *out);
/* Appends a bar and the parts that fit into less than `columns`. */
void progress_line_draw(const struct run_progress *run, double elapsed_s, unsigned columns,
                        struct buffer *out);
