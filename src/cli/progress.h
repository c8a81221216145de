/* progress: how far the run is, on stderr while it goes on. */
#ifndef SPARKIFY_CLI_PROGRESS_H
#define SPARKIFY_CLI_PROGRESS_H

#include <run.h>

struct progress;

/* Begins to show the run's progress: a bar where stderr is a terminal that can draw a line anew,
 * else every few seconds a line that begins with the time. */
struct progress *progress_begin(const struct run_progress *run);
/* Wipes the bar and ends. */
void progress_end(struct progress *progress);

#endif
