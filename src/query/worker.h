/* worker: the process that runs DuckDB for a session. */
#ifndef SPARKIFY_QUERY_WORKER_H
#define SPARKIFY_QUERY_WORKER_H

#include <base.h>

#include <limits.h>

/* Where a process or a thread cannot be had. */
#define QUERY_LIMITS_HINT                                                                          \
    "it needs memory, and room among the user's processes: ulimit -v, ulimit -u"

/* What a worker must know of struct query_options. */
struct worker_options {
    uint64_t threads, memory_bytes, process_bytes;
    char folder[PATH_MAX]; /* "": it is not held to one */
};

/* Answers the frames that come over the socket, until it is closed; SIGUSR1 interrupts the
 * statement that runs. `library` is libduckdb's path; NULL: it is looked for. Never returns: a
 * library that was loaded is not unloaded. */
_Noreturn void worker_main(int fd, const struct worker_options *options, const char *library);

#endif
