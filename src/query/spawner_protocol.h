/* spawner_protocol: the messages between a program and the process that starts its workers, as
 * datagrams over a socket.
 *
 *   process → program   a greeting, once
 *   program → process   a request; to start a worker, with the worker's socket
 *   process → program   an int: the worker's pid or -errno; for an end, the status of waitpid
 *
 * The two may be of different builds, so the layout is fixed. */
#pragma once

#include "worker.h"

#define SPAWNER_FD 3 /* the socket's descriptor in the process that starts workers */

/* Must be raised with any change of this file, of struct worker_options, or of frames.h. */
#define SPAWNER_PROTOCOL 1
#define SPAWNER_MAGIC    "workers" /* eight bytes with the final '\0' */

struct spawner_greeting {
    char magic[sizeof SPAWNER_MAGIC];
    uint64_t protocol;
};

struct spawner_request {
    int64_t pid; /* the worker to end; 0: start one */
    struct worker_options options;
};

/* Sends the request with a descriptor; `fd` is -1 for none. False when the other end is closed. */
bool spawner_request_send(int to, struct spawner_request *request, int fd);
/* Receives a request; false when the other end is closed. `fd` is -1 where none came. */
bool spawner_request_receive(int from, struct spawner_request *request, int *fd);
