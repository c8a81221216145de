/* spawner: starts and ends the processes of workers, from whatever thread asks. */
#ifndef SPARKIFY_QUERY_SPAWNER_H
#define SPARKIFY_QUERY_SPAWNER_H

#include <query.h>

#include <sys/types.h>

/* Starts a worker that answers on `fd`, which stays the caller's and is closed by it. */
NODISCARD enum status spawner_start(struct query_spawner *spawner,
                                    const struct query_options *options, int fd, pid_t *out_pid,
                                    struct error *error);
/* Kills the worker, if it still runs; what waitpid says of how it ended. */
int spawner_end(struct query_spawner *spawner, pid_t pid);

#endif
