/* requests: what a program and the process that starts its workers say to each other, in datagrams
 * over a socket.
 *
 *   process → program   a greeting, once
 *   program → process   a request; where it starts a worker, with the worker's socket
 *   process → program   an int: the worker's pid or -errno; of an end what waitpid says
 *
 * The two may come from different builds, so all have one layout in all of them. */
#ifndef SPARKIFY_QUERY_REQUESTS_H
#define SPARKIFY_QUERY_REQUESTS_H

#include "worker.h"

#define REQUESTS_FD 3 /* of the process that starts workers */

/* To be raised by any change of what stands here, of struct worker_options, or of frames.h. */
#define REQUESTS_PROTOCOL 1
#define REQUESTS_MAGIC    "workers" /* with its end eight bytes */

struct greeting {
    char magic[sizeof REQUESTS_MAGIC];
    uint64_t protocol;
};

struct request {
    int64_t pid; /* of the worker to end; 0: start one */
    struct worker_options options;
};

/* `fd` is sent along; -1: none. False when the other end is gone. */
bool requests_send(int to, struct request *request, int fd);
/* False at the end: the program is gone. `fd` is -1 where none came. */
bool requests_receive(int from, struct request *request, int *fd);

#endif
