/* progress: shows the progress of a run on stderr. */
#pragma once

#include <run.h>

struct progress;

/* Starts a thread that shows the progress: a bar where stderr is a terminal that can redraw a line,
 * else a line with the time every few seconds. */
struct progress *progress_begin(const struct run_progress *run);
/* Clears the bar and ends the thread. */
void progress_end(struct progress *progress);
