/* worker: the process that runs DuckDB for a session. */
#pragma once

#include <base.h>

#include <limits.h>

/* The hint where a process or a thread cannot be started. */
#define QUERY_LIMITS_HINT                                                                          \
    "it needs memory, and room among the user's processes: ulimit -v, ulimit -u"

/* The part of struct query_options that a worker needs. */
struct worker_options {
    uint64_t threads, memory_bytes, process_bytes;
    char folder[PATH_MAX]; /* "": not restricted */
};

/* Answers the frames of the socket until it is closed; SIGUSR1 interrupts the running statement.
 * `library` is libduckdb's path; NULL: it is searched. Never returns, since a loaded library is not
 * unloaded. */
_Noreturn void worker_main(int fd, const struct worker_options *options, const char *library);
