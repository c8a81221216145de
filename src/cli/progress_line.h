/* progress_line: how far a run is, in one line. */
#ifndef SPARKIFY_CLI_PROGRESS_LINE_H
#define SPARKIFY_CLI_PROGRESS_LINE_H

#include <run.h>

/* All there is to say. */
void progress_line_describe(const struct run_progress *run, double elapsed_s, struct buffer *out);
/* A bar and as much of it as fits into less than `columns`. */
void progress_line_draw(const struct run_progress *run, double elapsed_s, unsigned columns,
                        struct buffer *out);

#endif
