/* spawner: starts and ends worker processes, from any thread. */
#pragma once

#include <query.h>

#include <sys/types.h>

/* Starts a worker that answers on `fd`, which stays owned by the caller. */
NODISCARD enum status spawner_start(struct query_spawner *spawner,
                                    const struct query_options *options, int fd, pid_t *out_pid,
                                    struct error *error);
/* Kills the worker if it still runs; returns its status as waitpid reports it. */
int spawner_end(struct query_spawner *spawner, pid_t pid);
