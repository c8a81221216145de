/* worker: the process that runs DuckDB for a session. */
#ifndef SPARKIFY_QUERY_WORKER_H
#define SPARKIFY_QUERY_WORKER_H

#include <query.h>

/* Answers the frames that come over the socket, until it is closed; SIGUSR1 interrupts the
 * statement that runs. Never returns: a library that was loaded is not unloaded. */
_Noreturn void worker_main(int fd, const struct query_options *options);

#endif
